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
_FIELDS: Final = ("args", "inputs", "news", "old_inputs", "olds", "properties")


def redact(text: str, request: Any) -> str:  # noqa: ANN401 - any message of the protocol
    """Return the text with every secret of the request hidden.

    Args:
        text: What is about to be shown.
        request: The message that the text is about; its property values are looked at.
    """
    structs = (getattr(request, field) for field in _FIELDS if hasattr(request, field))
    secrets = {
        spelling for struct in structs for leaf in _secret_leaves(decode(struct)) for spelling in _spellings(leaf)
    }
    # The longest first: one may be part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secret_leaves(value: Any, *, inside: bool = False) -> Iterator[str]:  # noqa: ANN401 - property values are dynamic
    if isinstance(value, Secret):
        yield from _secret_leaves(value.value, inside=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secret_leaves(item, inside=inside)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_leaves(item, inside=inside)
    elif inside and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _spellings(leaf: str) -> Iterable[str]:
    """Return the value as it may be quoted: itself, as JSON, in base64 and out of it."""
    found = {leaf, json.dumps(leaf)[1:-1], base64.b64encode(leaf.encode()).decode()}
    with contextlib.suppress(binascii.Error, ValueError):
        found.add(base64.b64decode(leaf, validate=True).decode())
    return {text for text in found if len(text) >= _SHORTEST}
