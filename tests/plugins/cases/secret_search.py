"""Looks for secrets of a case where none may be in the clear.

Short secrets are passed over: three letters are found everywhere.
"""

from __future__ import annotations

import base64
from typing import Any

from plugins.rpc.values import Secret, reveal

_SHORTEST = 6


def leaks(programs: Any, texts: dict[str, str]) -> list[str]:  # noqa: ANN401 - any part of a case
    """Return a line for every text in which a secret of the programs stands, as it is or in base64."""
    secrets = {text for text in _secrets(programs, hidden=False) if len(text) >= _SHORTEST}
    return [
        f"secrets: {secret!r} stands in the {where}, as {form!r}"
        for secret in sorted(secrets)
        for form in (secret, base64.b64encode(secret.encode()).decode())
        for where, text in texts.items()
        if form in text
    ]


def _secrets(value: Any, *, hidden: bool) -> set[str]:  # noqa: ANN401 - likewise
    if isinstance(value, Secret):
        return _secrets(reveal(value.value), hidden=True)
    if isinstance(value, dict):
        return {text for item in value.values() for text in _secrets(item, hidden=hidden)}
    if isinstance(value, list):
        return {text for item in value for text in _secrets(item, hidden=hidden)}
    return {value} if hidden and isinstance(value, str) else set()
