"""Merges what was wanted, what is wanted now and what is there, for updates by client-side apply.

It sends nothing. Lists that have a merge key in the schema are merged by it, all others are replaced as a whole.
Source: kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config, "How apply calculates differences".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from plugins.kubernetes.api.openapi import Document, Schema
    from plugins.kubernetes.model.objects import Value

_ABSENT: Final = object()


def three_way(document: Document | None, schema: Schema, before: Value, wanted: Value, live: Value) -> Value:
    """Return ``live`` with our changes made: what we dropped is gone, what we want is there, the rest is kept.

    Args:
        document: Where references of the schema lead; None for kinds whose lists are all replaced.
        schema: The schema of the value, empty where it is not known.
        before: What we wanted before; None for nothing.
        wanted: What we want now.
        live: What is there; None for nothing.
    """
    keyed = schema.get("x-kubernetes-patch-merge-key")
    merges = "merge" in str(schema.get("x-kubernetes-patch-strategy") or "")
    inner = document.resolve(schema) if document else {}
    if isinstance(wanted, dict) and isinstance(live, dict):
        return _merged_fields(document, inner, before if isinstance(before, dict) else {}, wanted, live)
    if isinstance(wanted, list) and isinstance(live, list) and merges:
        old = before if isinstance(before, list) else []
        items = inner.get("items") or {}
        if keyed and all(isinstance(item, dict) and keyed in item for item in (*old, *wanted, *live)):
            return _merged_items(document, items, keyed, (old, wanted, live))
        if not keyed:
            return [item for item in live if item not in old or item in wanted] + [
                item for item in wanted if item not in live
            ]
    return wanted


def _merged_fields(
    document: Document | None, schema: Schema, before: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any]
) -> dict[str, Any]:
    properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
    merged = {key: item for key, item in live.items() if key not in before or key in wanted}
    for key, item in wanted.items():
        found = properties.get(key) or (additional if isinstance(additional, dict) else {})
        if item is None:
            merged.pop(key, None)
        else:
            merged[key] = three_way(document, found, before.get(key), item, live.get(key))
    return merged


def _merged_items(
    document: Document | None, schema: Schema, key: str, lists: tuple[list[Any], list[Any], list[Any]]
) -> list[Any]:
    """Return ours in our order, then those of others."""
    before, wanted, live = ({item[key]: item for item in items} for items in lists)
    merged = [three_way(document, schema, before.get(name), item, live.get(name)) for name, item in wanted.items()]
    return merged + [item for name, item in live.items() if name not in wanted and name not in before]


def merge_patch(live: dict[str, Any], desired: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) that makes ``desired`` of ``live``; empty if they are equal."""
    patch: dict[str, Any] = {key: None for key in live if key not in desired}
    for key, item in desired.items():
        old = live.get(key, _ABSENT)
        if isinstance(item, dict) and isinstance(old, dict):
            if inner := merge_patch(old, item):
                patch[key] = inner
        elif old is _ABSENT or old != item or isinstance(old, bool) is not isinstance(item, bool):
            patch[key] = item
    return patch
