"""A real registry with TLS and a login on a loopback port, for the tests of RegistryImage.

Its certificate names `registry.test`, so that only a client that checks that name gets through.
"""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.slipway.resources.password import bcrypt_hash
from plugins.slipway.x509 import Subject, issue, new_authority
from toolchain import lookup

SERVER_NAME = "registry.test"
USERNAME, PASSWORD = "slipway", "canary-password-of-the-registry"


@dataclass
class RegistryServer:
    """How to reach the registry, and how to start it."""

    port: int
    ca_pem: str
    command: list[str]
    directory: Path

    def inputs(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the inputs that say where the registry is."""
        access = {"registryAddress": f"127.0.0.1:{self.port}", "serverName": SERVER_NAME, "caPem": self.ca_pem}
        return {**access, "username": USERNAME, "password": PASSWORD, **more}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run the registry until the block ends."""
        with (
            (self.directory / "log").open("ab") as log,
            subprocess.Popen(self.command, stdout=log, stderr=log, env={"OTEL_TRACES_EXPORTER": "none"}) as process,
        ):
            try:
                yield
            finally:
                process.terminate()


def make_registry(directory: Path, *, username: str = USERNAME, password: str = PASSWORD) -> RegistryServer:
    """Write configuration, certificate and login of a registry; it is not started yet."""
    authority = new_authority("test", 1)
    subject = Subject(common_name=SERVER_NAME, dns_names=[SERVER_NAME])
    certificate = issue(subject, 1, authority.certificate_pem, authority.private_key_pem)
    (directory / "tls.crt").write_text(certificate.certificate_pem)
    (directory / "tls.key").write_text(certificate.private_key_pem)
    (directory / "htpasswd").write_text(f"{username}:{bcrypt_hash(password)}\n")
    port = free_port()
    (directory / "config.yml").write_text(
        f"""
version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}/data}}}}
http: {{addr: "127.0.0.1:{port}", tls: {{certificate: {directory}/tls.crt, key: {directory}/tls.key}}}}
auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}
"""
    )
    command = [_executable(), "serve", str(directory / "config.yml")]
    return RegistryServer(port, authority.certificate_pem, command, directory)


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _executable() -> str:
    return str(lookup.executable("registry"))
