"""Keeps secrets out of what people read: every text that the state marks as secret, and values that look like one.

It deliberately works on the finished texts of a report, after everything else has been decided.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from operations.drift.finding import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks special values in its state (sdk/go/common/resource/sig)."""
SHORTEST = 6
"""Shorter texts occur everywhere: hiding them would garble reports and protect nothing."""
SHORTEST_LINE = 20
"""Likewise for one line of a longer secret, such as `kind: Config` of a kubeconfig."""
TELLING_NAME = re.compile(r"passw|secret|token|credential|private|api_?key|access_?key", re.IGNORECASE)


def is_secret(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Say whether a value of the state is a marked secret."""
    return isinstance(value, dict) and SIGNATURE in value and "plaintext" in value


def revealed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value of the state without the marks of secrets."""
    if is_secret(value):
        return revealed(json.loads(value["plaintext"]))
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def secret_texts(value: Any, *, inside: bool = False) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Return every text that is marked as secret, at any depth."""
    if is_secret(value):
        yield from secret_texts(json.loads(value["plaintext"]), inside=True)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secret_texts(item, inside=inside)
    elif inside and isinstance(value, str):
        yield value


def plain_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Return every text that is not marked as secret, at any depth."""
    if isinstance(value, dict | list) and not is_secret(value):
        for item in value.values() if isinstance(value, dict) else value:
            yield from plain_texts(item)
    elif isinstance(value, str):
        yield value


class Redaction:
    """Replaces known secrets in texts, in plain, in JSON and in base64, whole and line by line.

    Args:
        secrets: What to hide.
        said_in_plain: Texts that are no secret, although one may be the same: a login may be called as a namespace.
    """

    def __init__(self, secrets: Iterable[str], said_in_plain: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        forms -= {*said_in_plain}
        # The longest first, or a secret that contains another one would be hidden in part only.
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(form) for form in ordered)) if ordered else None

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        return self._pattern.sub(SECRET, text) if self._pattern else text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield secret.strip()
    yield json.dumps(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode()
    yield from _lines(secret)
    try:
        decoded = base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return
    yield decoded
    yield from _lines(decoded)


def _lines(secret: str) -> Iterator[str]:
    yield from (line.strip() for line in secret.splitlines() if len(line.strip()) >= SHORTEST_LINE)
