"""Who owns which fields: takes fields over from earlier ways of writing, and leaves ignored ones alone.

It computes patches; it sends none. Source: kubernetes.io/docs/reference/using-api/server-side-apply and
pulumi/pulumi-kubernetes provider/pkg/await/await.go, fixCSAFieldManagers and handleSSAIgnoreFields.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.kubernetes.model.objects import PATCH_FORCE, KubeObject, annotated_true, metadata_of
from plugins.kubernetes.model.property_path import get_path, parse_path, with_path, without_path

CREATOR: Final = "pulumi-kubernetes"
"""The manager of objects that were created but never applied."""

_PREDECESSORS: Final = frozenset(
    {
        ("kubectl", "Apply"),
        ("kubectl", "Update"),
        ("before-first-apply", "Update"),
        (CREATOR, "Update"),
        ("pulumi-kubernetes.exe", "Update"),
        ("pulumi-resource-kubernetes", "Update"),
    }
)


def takeover(live: KubeObject, manager: str) -> list[dict[str, Any]]:
    """Return the JSON patch that makes ``manager`` the owner of what its predecessors wrote; empty if nothing is to do.

    Without it a field that was written at creation and is dropped from the program would stay for ever.
    """
    entries: list[dict[str, Any]] = metadata_of(live).get("managedFields") or []
    inherited = [entry for entry in entries if _is_predecessor(entry)]
    if not inherited:
        return []
    kept = [entry for entry in entries if not _is_predecessor(entry)]
    mine = next((entry for entry in kept if _is_mine(entry, manager)), None)
    fields: dict[str, Any] = dict((mine or {}).get("fieldsV1") or {})
    for entry in inherited:
        fields = _union(fields, entry.get("fieldsV1") or {})
    merged = {**(mine or inherited[0]), "manager": manager, "operation": "Apply", "fieldsV1": fields}
    others = [entry for entry in kept if entry is not mine]
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": [merged, *others]},
        # Makes the API server refuse the patch if the object changed since.
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata_of(live).get("resourceVersion")},
    ]


def _is_predecessor(entry: dict[str, Any]) -> bool:
    return not entry.get("subresource") and (entry.get("manager"), entry.get("operation")) in _PREDECESSORS


def _is_mine(entry: dict[str, Any], manager: str) -> bool:
    return (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "") == (manager, "Apply", "")


def _union(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Merge two FieldsV1 sets, which are tries of mappings."""
    merged = dict(left)
    for key, item in right.items():
        merged[key] = _union(merged.get(key) or {}, item or {})
    return merged


def must_force(inputs: KubeObject, live: KubeObject | None, *, enabled: bool, preview: bool) -> bool:
    """Say whether to apply over the fields of other managers."""
    if enabled or annotated_true(inputs, PATCH_FORCE) or (preview and live is None):
        return True
    if live is None:
        return False
    entries = metadata_of(live).get("managedFields") or []
    # A real update takes the predecessors' fields over first; a dry run cannot, so it forces.
    return not entries or (preview and any(_is_predecessor(entry) for entry in entries))


def respect_ignored(inputs: KubeObject, live: KubeObject, manager: str, ignore_changes: list[str]) -> KubeObject:
    """Return inputs that leave ignored fields as they are in the cluster.

    A field that others own is left out, one that we own is sent with its live value: leaving that out would remove it.
    """
    for text in ignore_changes:
        path = parse_path(text)
        if not path or "*" in path:
            continue
        if _owned_by_others_only(live, manager, path):
            inputs = without_path(inputs, path)
            continue
        found, value = get_path(live, path)
        if found:
            inputs = with_path(inputs, path, value)
    return inputs


def _owned_by_others_only(live: KubeObject, manager: str, path: tuple[str | int, ...]) -> bool:
    entries = metadata_of(live).get("managedFields") or []
    owners = {entry.get("manager") == manager for entry in entries if _covers(entry.get("fieldsV1") or {}, path)}
    return owners == {False}


def _covers(fields: dict[str, Any], path: tuple[str | int, ...]) -> bool:
    for step in path:
        # Items of lists are keyed by content, which an index does not tell.
        if isinstance(step, int) or f"f:{step}" not in fields:
            return False
        fields = fields[f"f:{step}"]
    return True
