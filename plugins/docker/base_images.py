"""Which images a Dockerfile starts from, so that they can be pulled with a login before the build.

The official plugin answers BuildKit's questions for logins in a session; here the images are brought beforehand, and
BuildKit then finds them on the engine. It is no Dockerfile parser beyond that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))")


def base_images(dockerfile: str, arguments: Mapping[str, str]) -> list[str]:
    """Return the images of ``FROM`` lines, without earlier stages, ``scratch`` and names that need other variables."""
    values: dict[str, str] = {}
    stages: set[str] = set()
    images: dict[str, None] = {}
    for line in _CONTINUED.sub(" ", dockerfile).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        words = [word for word in rest.split() if not word.startswith("--")]
        if instruction.upper() == "ARG" and not stages and words:
            name, _, default = words[0].partition("=")
            values[name] = arguments.get(name, default.strip("\"'"))
        if instruction.upper() != "FROM" or not words:
            continue
        image = _VARIABLE.sub(lambda match: _value(match, values), words[0])
        if image and image != "scratch" and image.lower() not in stages and "$" not in image:
            images[image] = None
        stages.add(words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else "")  # noqa: PLR2004 - FROM x AS y
    return list(images)


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    name = match["braced"] or match["bare"]
    return values.get(name) or match["default"] or ""
