"""Which images a build takes from elsewhere, so that they can be brought with a login before it starts.

The official plugin answers BuildKit's questions for logins in a session; here the images are brought beforehand, and
BuildKit then finds them on the engine. What the instructions do besides is not looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.docker.dockerfile import instructions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))")


def base_images(dockerfile: str, arguments: Mapping[str, str]) -> list[str]:
    """Return the images of ``FROM``, ``COPY --from`` and ``RUN --mount=from``, in order.

    Left out are earlier stages, ``scratch`` and names that need variables which only the build knows.
    """
    values: dict[str, str] = {}
    stages: set[str] = set()
    images: dict[str, None] = {}
    for instruction in instructions(dockerfile):
        words = instruction.words
        if words[0] == "ARG" and not stages and len(words) > 1:
            name, _, default = words[1].partition("=")
            values[name] = arguments.get(name, default.strip("\"'"))
        for name in _names(words):
            image = _VARIABLE.sub(lambda match: _value(match, values), name)
            if image.lower() not in {"", "scratch", *stages} and not image.isdigit() and "$" not in image:
                images[image] = None
        if words[0] == "FROM":
            bare = _bare(words)
            stages.add(bare[2].lower() if len(bare) > 2 and bare[1].upper() == "AS" else "")  # noqa: PLR2004 - FROM x AS y
    return list(images)


def _names(words: list[str]) -> Iterator[str]:
    if words[0] == "FROM":
        yield from _bare(words)[:1]
    for flag in (word for word in words[1:] if word.startswith("--")):
        name, _, value = flag.removeprefix("--").partition("=")
        parts = value.split(",") if name == "mount" else []
        yield from [value] if name == "from" else [part[5:] for part in parts if part.startswith("from=")]


def _bare(words: list[str]) -> list[str]:
    return [word for word in words[1:] if not word.startswith("--")]


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    name = match["braced"] or match["bare"]
    return values.get(name) or match["default"] or ""
