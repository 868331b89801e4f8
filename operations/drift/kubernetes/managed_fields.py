"""Who owns a field of a Kubernetes object, as `metadata.managedFields` says.

It deliberately judges nobody; which owners are controllers is in `controllers`.
Format: https://kubernetes.io/docs/reference/using-api/server-side-apply (FieldsV1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from operations.drift.kubernetes.paths import Path, Segment


@dataclass(frozen=True)
class Owner:
    """One entry of `managedFields`, less the fields."""

    manager: str
    operation: str
    """`Apply` or `Update`."""
    subresource: str
    time: str
    """When it wrote last, RFC 3339 in whole seconds."""


def all_owners(live: dict[str, Any]) -> list[Owner]:
    """Return everybody who ever wrote a field that is still theirs, the oldest first."""
    entries = live.get("metadata", {}).get("managedFields") or []
    return sorted((_owner(entry) for entry in entries), key=lambda owner: owner.time)


def owners(live: dict[str, Any], path: Path) -> list[Owner]:
    """Return who owns the value at a path; an owner of something above it that has no parts of its own counts.

    Args:
        live: The whole object, since list entries are found by their content.
        path: Of a value that is there.
    """
    entries = live.get("metadata", {}).get("managedFields") or []
    return [_owner(entry) for entry in entries if _covers(entry.get("fieldsV1") or {}, live, path)]


def _covers(fields: dict[str, Any], value: Any, path: Path) -> bool:  # noqa: ANN401 - JSON
    tree = fields
    for segment in path:
        value = step(value, segment)
        found = _child(tree, segment, value)
        if found is None:
            # An atomic list or map is owned as a whole: its entry has no parts.
            return tree is not fields and not tree
        tree = found
    # The parts of a map may belong to different managers, so owning the map itself is only the mark '.'.
    return not tree or "." in tree or not isinstance(value, dict | list)


def _child(tree: dict[str, Any], segment: Segment, value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    if isinstance(segment, str):
        return tree.get(f"f:{segment}")
    for key, child in tree.items():
        if key.startswith("k:") and isinstance(value, dict):
            wanted = json.loads(key[2:])
            if all(value.get(name) == expected for name, expected in wanted.items()):
                return dict(child)
        elif key.startswith("v:") and json.loads(key[2:]) == value:
            return dict(child)
    return None


def step(value: Any, segment: Segment) -> Any:  # noqa: ANN401 - JSON
    """Return a part of a value, or None."""
    if isinstance(segment, str):
        return value.get(segment) if isinstance(value, dict) else None
    if not isinstance(value, list):
        return None
    if isinstance(segment, int):
        return value[segment] if segment < len(value) else None
    matching = (item for item in value if isinstance(item, dict) and all(item.get(k) == v for k, v in segment))
    return next(matching, None)


def _owner(entry: dict[str, Any]) -> Owner:
    return Owner(
        manager=entry.get("manager", ""),
        operation=entry.get("operation", ""),
        subresource=entry.get("subresource", ""),
        time=entry.get("time", ""),
    )
