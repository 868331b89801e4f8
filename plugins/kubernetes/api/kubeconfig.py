"""Turns a kubeconfig, given as text or as a path, into the facts of one connection.

It opens no connection; finding and merging files is in ``kubeconfig_source``.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.kubeconfig_source import KubeconfigError, find_sources, merged

if TYPE_CHECKING:
    from plugins.kubernetes.model.settings import Settings

__all__ = ["Connection", "KubeconfigError", "active_cluster", "load_connection"]

_IN_CLUSTER: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Connection:
    """Where the API server is, how to know it, and how to log in."""

    server: str
    namespace: str
    origin: str
    ca_pem: str | None = None
    verify: bool = True
    server_name: str | None = None
    certificate_pem: str | None = None
    key_pem: str | None = None
    token: str | None = None
    token_file: str | None = None
    username: str | None = None
    password: str | None = None
    command: dict[str, Any] | None = None
    proxy: str | None = None

    def __repr__(self) -> str:
        # Credentials must not reach a traceback or a log.
        return f"Connection({self.server})"


def load_connection(settings: Settings) -> Connection:
    """Return the connection that the settings ask for.

    Raises:
        KubeconfigError: nothing usable was found.
    """
    sources = find_sources(settings.kubeconfig)
    if not sources:
        return _in_cluster()
    document, origin = merged(sources)
    context_name = settings.context or document.get("current-context") or ""
    context = _entry(document, "contexts", "context", context_name, origin) if context_name else {}
    cluster_name = settings.cluster or context.get("cluster") or ""
    cluster = _entry(document, "clusters", "cluster", cluster_name, origin)
    user = _entry(document, "users", "user", context["user"], origin) if context.get("user") else {}
    if not cluster.get("server"):
        raise KubeconfigError(f"{origin}: cluster {cluster_name!r} names no server.")
    return Connection(
        server=str(cluster["server"]).rstrip("/"),
        namespace=settings.namespace or context.get("namespace") or "default",
        origin=origin,
        ca_pem=_pem(cluster, "certificate-authority", origin),
        verify=not cluster.get("insecure-skip-tls-verify", False),
        server_name=cluster.get("tls-server-name"),
        certificate_pem=_pem(user, "client-certificate", origin),
        key_pem=_pem(user, "client-key", origin),
        token=user.get("token"),
        token_file=user.get("tokenFile"),
        username=user.get("username"),
        password=user.get("password"),
        command=user.get("exec"),
        proxy=cluster.get("proxy-url"),
    )


def chosen_document(settings: Settings) -> dict[str, Any] | None:
    """Return a kubeconfig of which the current context is what the settings ask for; None inside of a pod.

    Raises:
        KubeconfigError: it cannot be read.
    """
    sources = find_sources(settings.kubeconfig)
    if not sources:
        return None
    document, origin = merged(sources)
    name = settings.context or document.get("current-context") or ""
    chosen = _entry(document, "contexts", "context", name, origin) if name else {}
    context = {**chosen, **({"cluster": settings.cluster} if settings.cluster else {})}
    return {
        **document,
        "apiVersion": "v1",
        "kind": "Config",
        "contexts": [{"name": "chosen", "context": context}],
        "current-context": "chosen",
    }


def active_cluster(kubeconfig: str | None, context: str | None, cluster: str | None) -> dict[str, Any] | None:
    """Return the cluster entry in use, or None when it cannot be told: what DiffConfig compares."""
    try:
        if not kubeconfig:
            return None
        document, origin = merged(find_sources(kubeconfig))
        chosen = _entry(document, "contexts", "context", context or document.get("current-context") or "", origin)
        return _entry(document, "clusters", "cluster", cluster or chosen.get("cluster") or "", origin)
    except KubeconfigError:
        return None


def _in_cluster() -> Connection:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (_IN_CLUSTER / "token").is_file():
        raise KubeconfigError(
            "No kubeconfig: the provider was given none, KUBECONFIG names no existing file, and there is no "
            "~/.kube/config. Pass kubeconfig= to the kubernetes Provider."
        )
    return Connection(
        server=f"https://{host}:{port}",
        namespace=(_IN_CLUSTER / "namespace").read_text(encoding="utf-8").strip() or "default",
        origin="the service account of this pod",
        ca_pem=(_IN_CLUSTER / "ca.crt").read_text(encoding="utf-8"),
        token_file=str(_IN_CLUSTER / "token"),
    )


def _entry(document: dict[str, Any], section: str, field: str, name: str, origin: str) -> dict[str, Any]:
    items = [item for item in document.get(section) or [] if isinstance(item, dict)]
    for item in items:
        if item.get("name") == name:
            found = item.get(field)
            return found if isinstance(found, dict) else {}
    known = ", ".join(sorted(str(item.get("name")) for item in items)) or "none"
    raise KubeconfigError(f"{origin} has no {field} named {name!r}. It has: {known}.")


def _pem(entry: dict[str, Any], field: str, origin: str) -> str | None:
    if data := entry.get(f"{field}-data"):
        try:
            return base64.b64decode(data).decode()
        except ValueError:
            raise KubeconfigError(f"{origin}: {field}-data is not base64 of PEM text.") from None
    if not (name := entry.get(field)):
        return None
    path = Path(name).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KubeconfigError(f"{origin}: cannot read {field} {path}: {error.strerror}.") from None
