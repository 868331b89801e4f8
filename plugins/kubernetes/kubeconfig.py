"""Turns a kubeconfig, given as text or as a path, into the facts of one connection.

It opens no connection; merging several files of a KUBECONFIG list is deliberately left out: the first one counts.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from plugins.kubernetes.settings import Settings

_PATH_MAX: Final = 4096
_IN_CLUSTER: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class KubeconfigError(ValueError):
    """The kubeconfig cannot be used; the text says where it came from and what is wrong."""


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
    text, origin, base = _source(settings.kubeconfig)
    if text is None:
        return _in_cluster()
    document = parse_kubeconfig(text, origin)
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
        ca_pem=_pem(cluster, "certificate-authority", base, origin),
        verify=not cluster.get("insecure-skip-tls-verify", False),
        server_name=cluster.get("tls-server-name"),
        certificate_pem=_pem(user, "client-certificate", base, origin),
        key_pem=_pem(user, "client-key", base, origin),
        token=user.get("token"),
        token_file=user.get("tokenFile"),
        username=user.get("username"),
        password=user.get("password"),
        command=user.get("exec"),
        proxy=cluster.get("proxy-url"),
    )


def active_cluster(kubeconfig: str | None, context: str | None, cluster: str | None) -> dict[str, Any] | None:
    """Return the cluster entry in use, or None when it cannot be told: what DiffConfig compares."""
    try:
        text, origin, _ = _source(kubeconfig) if kubeconfig else (None, "", None)
        if text is None:
            return None
        document = parse_kubeconfig(text, origin)
        chosen = _entry(document, "contexts", "context", context or document.get("current-context") or "", origin)
        return _entry(document, "clusters", "cluster", cluster or chosen.get("cluster") or "", origin)
    except KubeconfigError:
        return None


def parse_kubeconfig(text: str, origin: str) -> dict[str, Any]:
    """Parse YAML or JSON.

    Raises:
        KubeconfigError: it is not a mapping.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text, Loader=loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        # The parser's own text quotes the file, which holds credentials.
        raise KubeconfigError(f"{origin} is not valid YAML{where}.") from None
    if not isinstance(document, dict):
        raise KubeconfigError(f"{origin} is neither an existing file nor the content of a kubeconfig.")
    return document


def _source(given: str | None) -> tuple[str | None, str, Path | None]:
    """Return text, a name for messages, and the folder that relative paths refer to."""
    if given:
        looks_like_path = len(given) < _PATH_MAX and "\n" not in given and not given.lstrip().startswith("{")
        if not looks_like_path:
            return given, "The kubeconfig given to the provider", None
        # The SDK passes KUBECONFIG on, which may be a list.
        paths = [Path(item).expanduser() for item in given.split(os.pathsep) if item]
        for path in paths:
            if path.is_file():
                return path.read_text(encoding="utf-8"), str(path), path.parent
        if ": " not in given:
            raise KubeconfigError(f"The kubeconfig file {' or '.join(map(str, paths))} does not exist.")
        return given, "The kubeconfig given to the provider", None
    listed = [Path(item) for item in os.environ.get("KUBECONFIG", "").split(os.pathsep) if item]
    for path in listed or [Path("~/.kube/config").expanduser()]:
        if path.is_file():
            return path.read_text(encoding="utf-8"), str(path), path.parent
    return None, "", None


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


def _pem(entry: dict[str, Any], field: str, base: Path | None, origin: str) -> str | None:
    if data := entry.get(f"{field}-data"):
        try:
            return base64.b64decode(data).decode()
        except ValueError:
            raise KubeconfigError(f"{origin}: {field}-data is not base64 of PEM text.") from None
    if not (name := entry.get(field)):
        return None
    path = (base or Path.cwd()) / Path(name).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KubeconfigError(f"{origin}: cannot read {field} {path}: {error.strerror}.") from None
