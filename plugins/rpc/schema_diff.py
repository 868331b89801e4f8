"""Compares checked inputs by schema: what changed, and whether that needs a new object.

It is pure; what a server really has arrives here as the old inputs of a refresh.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plugins.rpc.change import ChangeKind, PropertyChange
from plugins.rpc.diff import join, structural_diff
from plugins.rpc.schema import DEFAULTS
from plugins.rpc.values import UNKNOWN, reveal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.rpc.resource import Properties
    from plugins.rpc.schema import Property


def compare(
    fields: Mapping[str, Property], old_inputs: Properties, news: Properties
) -> tuple[dict[str, PropertyChange], list[str]]:
    """Return every difference by its path, and the inputs among them that need a new object."""
    old, new = reveal(old_inputs), reveal(news)
    detailed: dict[str, PropertyChange] = {}
    replaces: list[str] = []
    for key, item in fields.items():
        changes = _changes(key, item, old.get(key), new.get(key))
        if any(change.kind.replacing is change.kind for change in changes.values()):
            replaces.append(key)
        detailed.update(changes)
    return detailed, replaces


def _changes(path: str, item: Property, old: Any, new: Any) -> dict[str, PropertyChange]:  # noqa: ANN401
    """Return the changes of one property; those of an object are told, and force a replacement, field by field."""
    before, after = comparable(item, old), comparable(item, new)
    if before == after or (after is None and item.computed):
        return {}
    if isinstance(before, dict) and isinstance(after, dict) and item.kind == "object" and not item.replaces:
        inner = (_changes(join(path, key), field, old.get(key), new.get(key)) for key, field in item.fields.items())
        return {where: change for changes in inner for where, change in changes.items()}
    kind = ChangeKind.ADD if old is None else ChangeKind.DELETE if new is None else ChangeKind.UPDATE
    if kind is ChangeKind.UPDATE and item.kind != "set" and before is not None and after is not None:
        changes = {_below(path, where): change for where, change in structural_diff(before, after).items()}
    else:
        changes = {path: PropertyChange(kind)}  # positions in a set mean nothing, so the set as a whole is named
    if item.replaces or _holds_forced(item, before) or _holds_forced(item, after):
        return {where: PropertyChange(change.kind.replacing) for where, change in changes.items()}
    return changes


def _below(path: str, where: str) -> str:
    return f"{path}{where}" if where[:1] in ("", "[") else f"{path}.{where}"


def _holds_forced(item: Property, value: Any) -> bool:  # noqa: ANN401
    """Say whether an object that comes or goes has a field that cannot be changed in place."""
    if not isinstance(value, dict) or item.kind != "object":
        return False
    return any(field.replaces for key, field in item.fields.items() if key in value)


def comparable(item: Property, value: Any) -> Any:  # noqa: ANN401
    """Return the value in a form in which equal meaning is equal.

    Sets are sorted, bookkeeping is gone, and what is empty, zero or false is absent, as in the Terraform provider.
    """
    if value is UNKNOWN:
        return value
    if isinstance(value, list) and item.element:
        element = item.element
        items = [_inner(element, part) for part in value]
        return (sorted(items, key=_sort_key) if item.kind == "set" else items) or None
    if isinstance(value, dict) and item.kind == "object":
        fields = {key: comparable(field, value.get(key)) for key, field in item.fields.items()}
        return {key: part for key, part in fields.items() if part is not None} or None
    if isinstance(value, dict):
        return {key: part for key, part in value.items() if key != DEFAULTS} or None
    return value or None


def _inner(element: Property, part: Any) -> Any:  # noqa: ANN401
    """Members of a list count even when they are empty: a command may have an empty word."""
    return part if element.kind in ("string", "integer", "boolean") else comparable(element, part)


def _sort_key(part: Any) -> str:  # noqa: ANN401
    return json.dumps(part, sort_keys=True, default=repr)
