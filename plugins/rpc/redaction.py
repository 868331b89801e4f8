"""Takes the secrets of one request out of a text, before anybody else sees it.

It knows only the values that the engine marked as secret; API servers like to quote what they refuse.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.values import Secret, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN: Final = "[secret]"
# Shorter ones are in every text by chance, and to hide them would tell what they are.
_SHORTEST: Final = 4
# A line of a longer text is less telling: "spec:" is in every manifest.
_SHORTEST_PART: Final = 8
_FIELDS: Final = ("args", "inputs", "news", "old_inputs", "olds", "properties")


def redact(text: str, request: Any) -> str:  # noqa: ANN401 - any message of the protocol
    """Return the text with every secret of the request hidden.

    Args:
        text: What is about to be shown.
        request: The message that the text is about; its property values are looked at.
    """
    return hide(text, [decode(getattr(request, field)) for field in _FIELDS if hasattr(request, field)])


def hide(text: str, values: Any) -> str:  # noqa: ANN401 - dynamic values
    """Return the text with every secret of these property values hidden."""
    # What the request says in plain as well is no secret: whole inputs are kept as one secret in some outputs.
    hidden = set(_leaves(values, secret=True)) - set(_leaves(values, secret=False))
    secrets = {spelling for leaf in hidden for spelling in _spellings(leaf)}
    # The longest first: one may be part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _leaves(value: Any, *, secret: bool, inside: bool = False) -> Iterator[str]:  # noqa: ANN401 - dynamic values
    """Yield what is marked as secret, or what is not."""
    if isinstance(value, Secret):
        yield from _leaves(value.value, secret=secret, inside=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item, secret=secret, inside=inside)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, secret=secret, inside=inside)
    elif inside == secret and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _spellings(leaf: str) -> Iterable[str]:
    """Return the value as it may be quoted: itself, as JSON, in base64 and out of it, and what is printed of it."""
    found = {leaf, json.dumps(leaf)[1:-1], base64.b64encode(leaf.encode()).decode()}
    with contextlib.suppress(binascii.Error, ValueError):
        found.add(base64.b64decode(leaf, validate=True).decode())
    return {text for text in found if len(text) >= _SHORTEST} | _parts(leaf)


def _parts(leaf: str) -> set[str]:
    """Return the lines of a value and what they assign: keys are printed line by line, and of ``A=b`` only ``b``."""
    lines = [line.strip() for line in leaf.splitlines()]
    found = {*lines, *(line.partition("=")[2] for line in lines)}
    return {text for text in found if len(text) >= _SHORTEST_PART}
