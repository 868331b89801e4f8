"""Finds out which kinds the API server serves, and under which path.

It asks once per group version and again only when something is missing, since definitions appear while a program runs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed
from plugins.kubernetes.model.objects import KubeObject, pluck

if TYPE_CHECKING:
    from plugins.kubernetes.api.client import ApiClient
    from plugins.kubernetes.model.tokens import GroupVersionKind

# Kinds whose scope is known without a cluster: previews need it before there is one.
_CLUSTER_SCOPED: Final = {
    "": {"ComponentStatus", "Namespace", "Node", "PersistentVolume"},
    "admissionregistration.k8s.io": {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition"},
    "apiregistration.k8s.io": {"APIService"},
    "certificates.k8s.io": {"CertificateSigningRequest", "ClusterTrustBundle"},
    "flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
    "networking.k8s.io": {"IPAddress", "IngressClass", "ServiceCIDR"},
    "node.k8s.io": {"RuntimeClass"},
    "rbac.authorization.k8s.io": {"ClusterRole", "ClusterRoleBinding"},
    "resource.k8s.io": {"DeviceClass", "DeviceTaintRule", "ResourceSlice"},
    "scheduling.k8s.io": {"PriorityClass"},
    "storage.k8s.io": {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
}


@dataclass(frozen=True)
class ApiResource:
    """How the API server names a kind."""

    api_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """Return the path of one object, or of all objects in the namespace ('' for all namespaces)."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{scope}/{self.plural}" + (f"/{name}" if name else "")


class Discovery:
    """The kinds of one API server."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._served: dict[str, dict[str, ApiResource]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def find(self, kind: GroupVersionKind) -> ApiResource:
        """Return how the kind is served.

        Raises:
            KindNotServed: it is not.
            ApiError: the API server refused to tell.
            Unreachable: it did not answer.
        """
        api_version = kind.api_version
        known = self._served.get(api_version, {}).get(kind.kind)
        if known is not None:
            return known
        before = self._served.get(api_version)
        async with self._locks.setdefault(api_version, asyncio.Lock()):
            # Somebody else may have asked while we waited for the lock.
            if self._served.get(api_version) is before:
                self._served[api_version] = await self._ask(api_version)
        found = self._served[api_version].get(kind.kind)
        if found is None:
            raise KindNotServed(await self._explain(kind))
        return found

    def forget(self, api_version: str) -> None:
        """Drop what is known about a group version, after its definitions changed."""
        self._served.pop(api_version, None)

    async def _ask(self, api_version: str) -> dict[str, ApiResource]:
        try:
            answer = await self._client.get(ApiResource(api_version, "", namespaced=False).path("").rstrip("/"))
        except ApiError as error:
            if error.not_found:
                return {}
            raise
        return {
            item["kind"]: ApiResource(api_version, item["name"], bool(item.get("namespaced")))
            for item in answer.get("resources") or []
            if "/" not in item["name"]  # subresources such as deployments/scale
        }

    async def _explain(self, kind: GroupVersionKind) -> str:
        text = f"The API server {self._client.connection.server} does not serve {kind.api_version} {kind.kind}."
        if not kind.group:
            return text
        try:
            group = await self._client.get(f"/apis/{kind.group}")
        except ApiError:
            return f"{text} It has no API group {kind.group}: install the custom resource definition first."
        served = ", ".join(sorted(item["groupVersion"] for item in group.get("versions") or []))
        return f"{text} Of this group it serves {served}: use that, or update the custom resource definition."


class Scopes:
    """Whether kinds live in namespaces, told by what is known without a cluster and by definitions of the program."""

    def __init__(self) -> None:
        self._declared: dict[tuple[str, str], bool] = {}

    def declare(self, definition: KubeObject) -> None:
        """Remember the scope that a CustomResourceDefinition of the program is going to give its kind."""
        group, kind = pluck(definition, "spec", "group"), pluck(definition, "spec", "names", "kind")
        if isinstance(group, str) and isinstance(kind, str):
            self._declared[group, kind] = pluck(definition, "spec", "scope") != "Cluster"

    def declared(self, kind: GroupVersionKind) -> bool:
        """Say whether a CustomResourceDefinition of the program is about the kind."""
        return (kind.group, kind.kind) in self._declared

    def namespaced(self, kind: GroupVersionKind) -> bool | None:
        """Return whether the kind is namespaced, None if that takes a cluster to tell."""
        if kind.built_in:
            return kind.kind not in _CLUSTER_SCOPED.get(kind.group, set())
        return self._declared.get((kind.group, kind.kind))
