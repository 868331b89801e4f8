"""Secret texts as keyed hashes: equal ones can be told to be equal, and none can be read back.

It deliberately makes a new key for each record, so that hashes of two records say nothing about each other.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from operations.drift.finding import SECRET
from operations.drift.secret_texts import is_secret, revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from operations.drift.finding import Finding

MARK = "sealed:"


def seal(text: str, key: str) -> str:
    """Return the hash of a text (HMAC, RFC 2104, with SHA-256)."""
    return MARK + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def sealed(value: Any, key: str, holds_secret: Callable[[str], bool], *, inside: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Return a value of the state with every secret text replaced by its hash.

    Args:
        value: With the marks of secrets as `pulumi stack export --show-secrets` writes them.
        key: Of this record.
        holds_secret: Whether a text that is not marked has a secret in it all the same.
        inside: Whether the value is part of a marked one.
    """
    if is_secret(value):
        return sealed(revealed(value), key, holds_secret, inside=True)
    if isinstance(value, dict):
        return {name: sealed(item, key, holds_secret, inside=inside) for name, item in value.items()}
    if isinstance(value, list):
        return [sealed(item, key, holds_secret, inside=inside) for item in value]
    return seal(value, key) if isinstance(value, str) and (inside or holds_secret(value)) else value


def seals(value: Any) -> set[str]:  # noqa: ANN401 - JSON
    """Return every hash in a value."""
    if isinstance(value, dict | list):
        return {one for item in (value.values() if isinstance(value, dict) else value) for one in seals(item)}
    return {value} if isinstance(value, str) and value.startswith(MARK) else set()


def with_seals(value: Any, key: str, known: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    """Return a live value in which texts whose hash is known are replaced by it."""
    if isinstance(value, dict):
        return {name: with_seals(item, key, known) for name, item in value.items()}
    if isinstance(value, list):
        return [with_seals(item, key, known) for item in value]
    hashed = seal(value, key) if isinstance(value, str) else ""
    return hashed if hashed in known else value


def hidden(finding: Finding) -> Finding:
    """Return a finding without hashes; what took the place of a secret is taken for one."""
    if MARK not in f"{finding.was}{finding.now}":
        return finding
    return finding.model_copy(update={"was": finding.was and SECRET, "now": finding.now and SECRET})
