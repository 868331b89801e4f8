"""Which Docker engine to talk to and how: the provider's own inputs and the environment, turned into a client.

It starts no engine and changes nothing on one.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import docker.tls
import requests.exceptions

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_HOST = "unix:///var/run/docker.sock"
# Docker Desktop listens in the home directory (provider/image.go of the official plugin tries the same two).
USER_SOCKETS = (".docker/run/docker.sock", ".docker/desktop/docker.sock")
# Builds and pulls may be silent for minutes; a socket that answers nothing for longer is taken for dead.
READ_TIMEOUT_SECONDS = 900
POOL_SIZE = 64


@dataclass(frozen=True)
class Settings:
    """Where the engine is; ``host`` is None when nobody said so."""

    host: str | None = None
    cert_path: str = ""
    ca_material: str = ""
    cert_material: str = ""
    key_material: str = ""

    @classmethod
    def of(cls, variables: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the provider's inputs; environment variables fill gaps, under the official names."""

        def value(name: str, variable: str) -> str:
            return str(variables.get(name) or environ.get(variable) or "")

        return cls(
            host=value("host", "DOCKER_HOST") or None,
            cert_path=value("certPath", "DOCKER_CERT_PATH"),
            ca_material=value("caMaterial", "DOCKER_CA_MATERIAL"),
            cert_material=value("certMaterial", "DOCKER_CERT_MATERIAL"),
            key_material=value("keyMaterial", "DOCKER_KEY_MATERIAL"),
        )

    def problem(self) -> str:
        """Say what is contradictory, or ''."""
        materials = (self.ca_material, self.cert_material, self.key_material)
        if any(materials) and not all(materials):
            return "certMaterial, keyMaterial and caMaterial must be given together, or none of them."
        if any(materials) and self.cert_path:
            return "certPath and certMaterial exclude each other: give the certificates either as files or as text."
        return ""

    def candidates(self) -> list[str]:
        """Return the addresses to try, best first."""
        if self.host:
            return [self.host]
        sockets = [Path.home() / name for name in USER_SOCKETS]
        return [DEFAULT_HOST, *(f"unix://{socket}" for socket in sockets if socket.exists())]


def connect(settings: Settings) -> docker.APIClient:
    """Return a client of the first engine that answers.

    Raises:
        ResourceFailed: none does; the text names each address, what happened there and what to do.
    """
    attempts: list[str] = []
    for host in settings.candidates():
        try:
            return _client(settings, host)
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            attempts.append(f"  {host}: {_reason(error, host)}")
    tried = "\n".join(attempts)
    raise ResourceFailed(
        f"No Docker engine answers. Tried:\n{tried}\n"
        "Start it (systemctl start docker, or dockerd as root where there is no systemd), "
        "or set docker:host or DOCKER_HOST to the engine to use."
    )


def _client(settings: Settings, host: str) -> docker.APIClient:
    return docker.APIClient(
        base_url=host,
        version="auto",  # asks the engine, and so proves that it answers
        timeout=READ_TIMEOUT_SECONDS,
        tls=_tls(settings),
        num_pools=POOL_SIZE,
        max_pool_size=POOL_SIZE,
        use_ssh_client=host.startswith("ssh://"),
    )


def _tls(settings: Settings) -> docker.tls.TLSConfig | bool:
    if settings.cert_material:
        return _tls_of(_written(settings))
    return _tls_of(Path(settings.cert_path)) if settings.cert_path else False


def _tls_of(directory: Path) -> docker.tls.TLSConfig:
    certificate = (str(directory / "cert.pem"), str(directory / "key.pem"))
    return docker.tls.TLSConfig(client_cert=certificate, ca_cert=str(directory / "ca.pem"), verify=True)


def _written(settings: Settings) -> Path:
    """Write certificates given as text to a private directory: the client reads files only."""
    directory = Path(tempfile.mkdtemp(prefix="docker-plugin-"))  # mode 0700
    (directory / "ca.pem").write_text(settings.ca_material)
    (directory / "cert.pem").write_text(settings.cert_material)
    (directory / "key.pem").write_text(settings.key_material)
    return directory


def _reason(error: Exception, host: str) -> str:
    text = str(error)
    socket = Path(host.removeprefix("unix://"))
    if host.startswith("unix://") and not socket.exists():
        return "there is no such socket"
    if "PermissionError" in text or "Permission denied" in text:
        return "permission denied: this user is not in the group 'docker'"
    if "ConnectionRefusedError" in text or "Connection refused" in text:
        return "connection refused: the engine is not running"
    return text.split("\n", 1)[0][:300]
