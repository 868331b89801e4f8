"""Writes values for people: short, on one line, and without what must not be seen.

It deliberately hides more than it has to: a value under a telling name is taken for a secret, whoever set it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.drift.finding import SECRET
from operations.drift.kubernetes.object_diff import ABSENT
from operations.drift.secret_texts import TELLING_NAME

if TYPE_CHECKING:
    from operations.drift.kubernetes.paths import Path

LONGEST = 300
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation with the whole object in it, a Secret's content too."""
REFERENCES = frozenset({"secretName", "secretRef", "secretKeyRef", "tokenPath", "automountServiceAccountToken"})
"""Names that sound like secrets and hold only where one is."""


def value_text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a value on one line; nothing for what is not there."""
    if value is ABSENT or value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def masked(kind: str, path: Path, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value of a Kubernetes object with everything hidden that may be secret."""
    if value is ABSENT:
        return value
    if kind == "Secret" and (not path or path[0] in ("data", "stringData")):
        return _hidden(value)
    if path and _tells(path[-1]):
        return _hidden(value)
    # `env[PASSWORD].value`: the name is in the entry's key
    if path and any(isinstance(part, tuple) and _tells(part[0][1]) for part in path) and path[-1] == "value":
        return SECRET
    return _masked_parts(value)


def _masked_parts(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        named = isinstance(value.get("name"), str) and _tells(value["name"])
        return {
            key: _hidden(item) if _tells(key) or (named and key == "value") else _masked_parts(item)
            for key, item in value.items()
        }
    return [_masked_parts(item) for item in value] if isinstance(value, list) else value


def _tells(name: Any) -> bool:  # noqa: ANN401 - a segment of a path
    if not isinstance(name, str) or name in REFERENCES:
        return False
    return name == LAST_APPLIED or TELLING_NAME.search(name) is not None


def _hidden(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Hide every text in a value; names of keys and what is no text stay."""
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return SECRET if isinstance(value, str) else value
