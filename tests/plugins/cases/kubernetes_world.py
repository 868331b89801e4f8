"""The world of a kubernetes case: a namespace of its own in the worker's API server.

Somebody else is the administrator with another field manager than the plugin's.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from plugins.kubernetes.provider import KubernetesProvider
from plugins.kubernetes.releasing.release import RELEASE
from tests.plugins.kubernetes import kubelet as node
from tests.plugins.kubernetes.certificates import make_client
from tests.plugins.kubernetes.control_plane import free_port

if TYPE_CHECKING:
    from plugins.rpc.provider import Provider
    from tests.plugins.cases.background import Background
    from tests.plugins.kubernetes.control_plane import ControlPlane

_APPLY = "application/apply-patch+yaml"
_CHARTS = Path(__file__).parent / "charts"
_STATUSES = {"running": node.RUNNING, "succeeded": node.SUCCEEDED, "unschedulable": node.UNSCHEDULABLE}


class KubernetesWorld:
    """One namespace; it goes with the API server."""

    package = "kubernetes"

    def __init__(self, plane: ControlPlane, background: Background, folder: Path) -> None:
        self._plane = plane
        self._background = background
        self._playing = contextlib.AsyncExitStack()
        unique = uuid.uuid4().hex[:8]
        self.namespace = f"case-{unique}"
        self.config = {"kubernetes:namespace": self.namespace}
        admin = folder / "admin.kubeconfig"
        self.variables = {
            "CHARTS": str(_CHARTS),
            "ID": unique,
            "NAMESPACE": self.namespace,
            "SERVER": plane.server,
            "KUBECONFIG_FILE": str(admin),
            **_kubeconfigs(plane, self.namespace),
        }
        admin.touch(mode=0o600)
        admin.write_text(self.variables["KUBECONFIG"], encoding="utf-8")
        self.environment = {
            "KUBECONFIG": str(admin),
            **{f"HELM_{kind}_HOME": str(folder / f"helm-{kind.lower()}") for kind in ("CACHE", "CONFIG", "DATA")},
        }

    def provider(self) -> Provider:
        """Return a new provider."""
        return KubernetesProvider()

    def prepare(self, settings: dict[str, Any]) -> None:
        """Make the namespace; ``kubelet`` names the status that all its pods get."""
        self._plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        if status := settings.get("kubelet"):
            written = status if isinstance(status, dict) else _STATUSES[status]
            playing = node.kubelet(self._plane, self.namespace, written)
            self._background.call(self._playing.enter_async_context(playing))

    def change(self, verb: str, what: Any) -> None:  # noqa: ANN401 - an object
        """Create, patch (merge), apply (``manager``, ``object``), or delete an object.

        Raises:
            ValueError: there is no such verb, or the API server refuses.
        """
        if verb not in ("create", "patch", "apply", "delete"):
            raise ValueError(f"The verb {verb!r} is none of create, patch, apply, delete.")
        try:
            self._change(verb, what)
        except httpx.HTTPStatusError as error:
            raise ValueError(f"Somebody else cannot {verb} {json.dumps(what)}: {error.response.text}") from None

    def _change(self, verb: str, what: Any) -> None:  # noqa: ANN401 - an object
        if verb == "create":
            self._plane.request("POST", self._path(what, ""), what)
        elif verb == "patch":
            self._plane.patch(self._path(what), what)
        elif verb == "apply":
            path = f"{self._path(what['object'])}?fieldManager={what['manager']}&force=true"
            self._plane.request("PATCH", path, what["object"], content_type=_APPLY)
        else:
            self._plane.request("DELETE", self._path(what))

    def find(self, what: dict[str, Any]) -> dict[str, Any] | None:
        """Return a live object; a ``metadata.name`` that ends with ``*`` finds the only one that begins so."""
        name = str(what["metadata"]["name"])
        try:
            if not name.endswith("*"):
                return self._object(self._plane.request("GET", self._path(what)), what)
            listed = self._plane.request("GET", self._path(what, ""))["items"]
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        found = [item for item in listed if item["metadata"]["name"].startswith(name[:-1])]
        return self._object(found[0], what) if len(found) == 1 else None

    def versions(self, resources: list[dict[str, Any]]) -> dict[str, str]:
        """Return the resourceVersion of every object in the state."""
        found: dict[str, str] = {}
        for item in resources:
            if item["type"] == RELEASE:
                found[item["urn"]] = self._revisions(item["id"])
                continue
            live = self.find(item["outputs"]) if item["type"].startswith("kubernetes:") else None
            if live is not None:
                found[item["urn"]] = str(live["metadata"]["resourceVersion"])
        return found

    def _revisions(self, identifier: str) -> str:
        """Return the versions of what helm keeps of a release."""
        namespace, name = identifier.split("/")
        query = f"labelSelector=owner%3Dhelm%2Cname%3D{name}"
        kept = self._plane.request("GET", f"/api/v1/namespaces/{namespace}/secrets?{query}")["items"]
        return ", ".join(f"{item['metadata']['name']}:{item['metadata']['resourceVersion']}" for item in kept)

    def close(self) -> None:
        """End what plays the kubelet."""
        self._background.call(self._playing.aclose())

    def _object(self, live: dict[str, Any], what: dict[str, Any]) -> dict[str, Any]:
        """Give the live object what only identifies it, so that the expected part is one of it."""
        metadata = {**live["metadata"], "name": what["metadata"]["name"]}
        return {**live, "apiVersion": what["apiVersion"], "kind": what["kind"], "metadata": metadata}

    def _path(self, obj: dict[str, Any], name: str | None = None) -> str:
        version, kind, metadata = obj["apiVersion"], obj["kind"], obj["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        served = {
            item["kind"]: item for item in self._plane.request("GET", root)["resources"] if "/" not in item["name"]
        }
        if kind not in served:
            return f"{root}/{kind}-is-not-served"
        place = f"/namespaces/{metadata.get('namespace', self.namespace)}" if served[kind]["namespaced"] else ""
        name = str(metadata["name"]) if name is None else name
        return f"{root}{place}/{served[kind]['name']}" + (f"/{name}" if name else "")


def _kubeconfigs(plane: ControlPlane, namespace: str) -> dict[str, str]:
    """Return kubeconfigs as texts: the administrator's, and some that say or can do something else."""
    nowhere = f"https://127.0.0.1:{free_port()}"
    inside, two = json.loads(plane.kubeconfig()), json.loads(plane.kubeconfig())
    inside["contexts"][0]["context"]["namespace"] = namespace
    two["clusters"].append({"name": "gone", "cluster": {"server": nowhere}})
    two["contexts"] = [
        {"name": "working", "context": {"cluster": "test", "user": "test"}},
        {"name": "broken", "context": {"cluster": "gone", "user": "test"}},
    ]
    return {
        "KUBECONFIG": plane.kubeconfig(),
        "KUBECONFIG_EXPIRED": plane.kubeconfig(make_client(plane.authority, "late", "system:masters", days=-1)),
        "KUBECONFIG_IN_NAMESPACE": json.dumps(inside),
        "KUBECONFIG_NOBODY": plane.kubeconfig(make_client(plane.authority, "nobody")),
        "KUBECONFIG_OTHER_ADDRESS": plane.kubeconfig(server=plane.server.replace("127.0.0.1", "localhost")),
        "KUBECONFIG_TWO_CONTEXTS": json.dumps({**two, "current-context": ""}),
        "KUBECONFIG_UNREACHABLE": plane.kubeconfig(server=nowhere),
        "UNREACHABLE_SERVER": nowhere,
    }
