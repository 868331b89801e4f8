"""Client-side apply, for providers with enableServerSideApply set to false: the update is computed here, then sent.

It takes part in no field ownership, so nobody's conflicts are noticed; the API server's older clients work this way.
Source: pulumi/pulumi-kubernetes provider/pkg/await/await.go, csaUpdate, and provider/pkg/metadata/labels.go.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.comparing.ownership import CREATOR
from plugins.kubernetes.comparing.three_way_merge import merge_patch, three_way
from plugins.kubernetes.model.objects import KubeObject, metadata_of
from plugins.kubernetes.model.property_path import get_path, parse_path, with_path, without_path
from plugins.kubernetes.model.tokens import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.kubernetes.api.cluster import Cluster

MERGE_PATCH: Final = "application/merge-patch+json"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"


def with_managed_by(obj: KubeObject, before: KubeObject) -> KubeObject:
    """Return the object with the label that marks it as ours: new objects, and those that have it already."""
    value = os.environ.get("PULUMI_KUBERNETES_MANAGED_BY_LABEL", "pulumi")
    if before and (metadata_of(before).get("labels") or {}).get(_MANAGED_BY) != value:
        return obj
    metadata = obj.get("metadata", {})
    labels = (metadata.get("labels") or {}) if isinstance(metadata, dict) else None
    if not isinstance(labels, dict):
        return obj  # not known yet
    return {**obj, "metadata": {**metadata, "labels": {**labels, _MANAGED_BY: value}}}


async def apply_client_side(
    cluster: Cluster, before: KubeObject, wanted: KubeObject, live: KubeObject, ignore_changes: Sequence[str]
) -> KubeObject:
    """Send the difference that our change makes to the live object, and return the object as it is then.

    Args:
        cluster: Where it is.
        before: The inputs of the last update.
        wanted: The new inputs.
        live: The object as it was just read; if it changes before the patch arrives, the API server refuses.
        ignore_changes: Paths to leave as they are.

    Raises:
        ApiError: the API server refused.
    """
    kind = kind_of(live)
    # Custom resources have no merge keys, which makes every list of theirs one value.
    document = await cluster.openapi.document(kind.api_version) if kind.built_in else None
    schema = (document.of_kind(kind) if document else None) or {}
    wanted = _without_changes(wanted, live, ignore_changes)
    desired = three_way(document, schema, before, wanted, live)
    patch: dict[str, Any] = merge_patch(live, desired)
    if not patch:
        return live
    version = {"resourceVersion": metadata_of(live).get("resourceVersion")}
    patch["metadata"] = {**(patch.get("metadata") or {}), **version}
    params = {"fieldManager": CREATOR, "fieldValidation": "Warn"}
    path = await cluster.path_of(live)
    return await cluster.client.send("PATCH", path, params=params, body=patch, content_type=MERGE_PATCH)


def _without_changes(wanted: KubeObject, live: KubeObject, ignore_changes: Sequence[str]) -> KubeObject:
    for text in ignore_changes:
        path = parse_path(text)
        if not path or "*" in path:
            continue
        found, value = get_path(live, path)
        wanted = with_path(wanted, path, value) if found else without_path(wanted, path)
    return wanted
