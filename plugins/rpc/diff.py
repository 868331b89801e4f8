"""Compares two property trees and names each difference by its path.

Which differences need a replacement is knowledge of the resource; it is told here, not decided.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plugins.rpc.change import ChangeKind, PropertyChange
from plugins.rpc.values import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED_KEY = re.compile(r'\["(?P<key>(?:\\"|[^"])*)"\]')
_SIMPLE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")


def join(path: str, key: str | int) -> str:
    """Append a key or index to a path in Pulumi's syntax: ``a.b[0]["x.y"]``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not _SIMPLE_KEY.match(key):
        escaped = key.replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key


def top_key(path: str) -> str:
    """Return the first key of a path that ``join`` made."""
    quoted = _QUOTED_KEY.match(path)
    return quoted["key"].replace('\\"', '"') if quoted else re.split(r"[.\[]", path, maxsplit=1)[0]


def structural_diff(old: Any, new: Any) -> dict[str, PropertyChange]:  # noqa: ANN401 - property values are dynamic
    """Return every difference, keyed by the path of the smallest differing part; ``None`` equals absence."""
    changes: dict[str, PropertyChange] = {}
    _compare("", old, new, changes)
    return changes


def mark_replacements(changes: dict[str, PropertyChange], keys: Iterable[str]) -> list[str]:
    """Turn the changes of these inputs into replacements, in place, and return the inputs concerned."""
    replaced = [key for key in keys if key in changes]
    for key in replaced:
        changes[key] = replace(changes[key], kind=changes[key].kind.replacing)
    return replaced


def _compare(path: str, old: Any, new: Any, changes: dict[str, PropertyChange]) -> None:  # noqa: ANN401
    old = old.value if isinstance(old, Secret) else old
    new = new.value if isinstance(new, Secret) else new
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            _compare(join(path, key), old.get(key), new.get(key), changes)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            _compare(join(path, index), before, after, changes)
    elif old is None and new is not None:
        changes[path] = PropertyChange(ChangeKind.ADD)
    elif new is None and old is not None:
        changes[path] = PropertyChange(ChangeKind.DELETE)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        changes[path] = PropertyChange(ChangeKind.UPDATE)
