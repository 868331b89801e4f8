"""A real etcd, kube-apiserver and kube-controller-manager on loopback, in a temporary folder, for one test session.

There are no nodes and no scheduler: tests play the kubelet by writing the status of pods.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import httpx

from plugins.kubernetes.api.kubeconfig import Connection
from plugins.kubernetes.api.tls import tls_context
from tests.plugins.kubernetes.certificates import KeyPair, make_authority, make_client, make_server
from toolchain.failure import ToolchainError
from toolchain.lookup import executable

if TYPE_CHECKING:
    import ssl

_CONTROLLERS = (
    "daemonset-controller deployment-controller endpointslice-controller garbage-collector-controller job-controller "
    "namespace-controller persistentvolume-binder-controller persistentvolume-protection-controller "
    "persistentvolumeclaim-protection-controller replicaset-controller replicationcontroller-controller "
    "resourcequota-controller serviceaccount-token-controller statefulset-controller"
)
_START_SECONDS = 60


def find_tool(name: str) -> str:
    """Return the path of a tool: from the toolchain's cache, else from the folder that SLIPWAY_TOOLS names."""
    try:
        return str(executable(name))
    except ToolchainError:
        folder = os.environ.get("SLIPWAY_TOOLS", "")
        # The module go.etcd.io/etcd/server builds a binary of that name.
        for candidate in (name, {"etcd": "server"}.get(name, name)):
            if path := shutil.which(candidate, path=folder):
                return path
        raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Tools:
    """The binaries that a control plane needs."""

    etcd: str
    apiserver: str
    controller_manager: str


class ControlPlane:
    """One control plane; ``stop`` ends what ``start`` began."""

    def __init__(self, folder: Path, tools: Tools) -> None:
        self.folder = folder
        self._tools = tools
        self.port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self.authority = make_authority("test-ca")
        self._processes: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        self._admin = make_client(self.authority, "admin", "system:masters")
        self._http: httpx.Client | None = None

    def start(self) -> None:
        """Start everything and wait until it answers."""
        etcd = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        self._run(
            "etcd",
            [
                self._tools.etcd,
                f"--data-dir={self.folder}/etcd",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
                "--unsafe-no-fsync",
            ],
        )
        self._run("kube-apiserver", [self._tools.apiserver, *self._apiserver_flags(etcd)])
        self._wait_until_ready()
        (self.folder / "manager.kubeconfig").write_text(self.kubeconfig(self._admin), encoding="utf-8")
        self._run(
            "kube-controller-manager",
            [
                self._tools.controller_manager,
                f"--kubeconfig={self.folder}/manager.kubeconfig",
                f"--service-account-private-key-file={self.folder}/sa.key",
                f"--controllers={_CONTROLLERS.replace(' ', ',')}",
                "--leader-elect=false",
                "--secure-port=0",
            ],
        )

    def stop(self) -> None:
        """End all processes, the last one first."""
        if self._http is not None:
            self._http.close()
        for process, log in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
        self._processes.clear()

    def kubeconfig(self, client: KeyPair | None = None, *, server: str = "", authority: KeyPair | None = None) -> str:
        """Return a kubeconfig with everything inside; without a client it is the administrator's."""
        import base64  # noqa: PLC0415

        def encoded(text: str) -> str:
            return base64.b64encode(text.encode()).decode()

        client = client or self._admin
        cluster = {
            "server": server or self.server,
            "certificate-authority-data": encoded((authority or self.authority).certificate_pem),
        }
        user = {
            "client-certificate-data": encoded(client.certificate_pem),
            "client-key-data": encoded(client.key_pem),
        }
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": cluster}],
                "users": [{"name": "test", "user": user}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            }
        )

    def request(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json") -> Any:  # noqa: ANN401
        """Send one request as administrator: what 'somebody else' does in the tests."""
        if self._http is None:
            self._http = httpx.Client(base_url=self.server, verify=self._admin_tls(), trust_env=False, timeout=30)
        content = None if body is None else json.dumps(body).encode()
        response = self._http.request(method, path, content=content, headers={"Content-Type": content_type})
        response.raise_for_status()
        return response.json()

    def patch(self, path: str, body: Any) -> Any:  # noqa: ANN401
        """Change an object by a merge patch, as somebody else."""
        return self.request("PATCH", path, body, content_type="application/merge-patch+json")

    def _admin_tls(self) -> ssl.SSLContext:
        return tls_context(
            Connection(
                server=self.server,
                namespace="default",
                origin="test",
                ca_pem=self.authority.certificate_pem,
                certificate_pem=self._admin.certificate_pem,
                key_pem=self._admin.key_pem,
            )
        )

    def _apiserver_flags(self, etcd: str) -> list[str]:
        server, issuer = make_server(self.authority), make_authority("service-accounts")
        files = {
            "ca.crt": self.authority.certificate_pem,
            "server.crt": server.certificate_pem,
            "server.key": server.key_pem,
            "sa.key": issuer.key_pem,
        }
        for name, text in files.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        return [
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={self.folder}/certs",
            f"--tls-cert-file={self.folder}/server.crt",
            f"--tls-private-key-file={self.folder}/server.key",
            f"--client-ca-file={self.folder}/ca.crt",
            f"--service-account-issuer={self.server}",
            f"--service-account-key-file={self.folder}/sa.key",
            f"--service-account-signing-key-file={self.folder}/sa.key",
            "--service-cluster-ip-range=10.97.0.0/20",
            "--authorization-mode=RBAC",
            # No controller makes the default service accounts, so pods must do without.
            "--disable-admission-plugins=ServiceAccount",
        ]

    def _run(self, name: str, command: list[str]) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        self._processes.append((process, log))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            for process, log in self._processes:
                if process.poll() is not None:
                    tail = Path(log.name).read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"A process of the control plane ended at once:\n{tail}")
            try:
                self.request("GET", "/api/v1/namespaces/default")
            except httpx.HTTPError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"The API server did not come up within {_START_SECONDS} s: see {self.folder}.")
