"""What a chart may ask of its cluster: the version and the kinds, which decide what its templates render.

Without a reachable cluster nothing is told, and helm assumes a version of its own.
Source: helm/helm pkg/action/action.go, GetVersionSet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, Unreachable

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster

_AGGREGATED: Final = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json"


async def kube_version(cluster: Cluster) -> str:
    """Return the version of the API server such as ``v1.36.3``, '' where it does not say."""
    if await cluster.unreachable():
        return ""
    try:
        return str((await cluster.client.get("/version")).get("gitVersion") or "")
    except (ApiError, Unreachable):
        return ""


async def api_versions(cluster: Cluster) -> list[str]:
    """Return every group version and kind as charts spell them: ``apps/v1`` and ``apps/v1/Deployment``."""
    if await cluster.unreachable():
        return []
    found: set[str] = set()
    try:
        for root in ("/api", "/apis"):
            for group in (await cluster.client.get(root, accept=_AGGREGATED)).get("items") or []:
                found |= _versions_of(group)
    except (ApiError, Unreachable):
        return []
    return sorted(found)


def _versions_of(group: dict[str, Any]) -> set[str]:
    name = (group.get("metadata") or {}).get("name") or ""
    found = set()
    for version in group.get("versions") or []:
        api_version = f"{name}/{version['version']}" if name else str(version["version"])
        kinds = [(item.get("responseKind") or {}).get("kind") for item in version.get("resources") or []]
        found |= {api_version, *(f"{api_version}/{kind}" for kind in kinds if kind)}
    return found
