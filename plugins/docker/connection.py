"""Which Docker engine to talk to and how: the provider's own inputs and the environment, turned into a client.

It starts no engine and changes nothing on one.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import requests.adapters
import requests.exceptions

from plugins.docker.docker_context import DEFAULT, docker_context
from plugins.docker.ssh_transport import BASE_URL, SshAdapter, ssh_command
from plugins.docker.tls_transport import TlsAdapter, context_of_files, context_of_texts
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

DEFAULT_HOST = "unix:///var/run/docker.sock"
# Docker Desktop listens in the home directory (provider/image.go of the official plugin tries the same two).
USER_SOCKETS = (".docker/run/docker.sock", ".docker/desktop/docker.sock")
# Builds and pulls may be silent for minutes; a socket that answers nothing for longer is taken for dead.
READ_TIMEOUT_SECONDS = 900
POOL_SIZE = 64
# What the libraries say, and what it means; the first that fits counts.
_REASONS = (
    ("ssh: ", "{detail}"),
    ("Permission denied", "permission denied: this user is not in the group 'docker'"),
    ("Connection refused", "connection refused: the engine is not running"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not one of the given authority (ca.pem, caMaterial): {detail}"),
    ("ALERT", "it does not accept the client's certificate (cert.pem, certMaterial): {detail}"),
    ("SSLEOFError", "it ended the handshake; it may not accept the client's certificate (cert.pem, certMaterial)"),
)
OLDEST_API = "1.24"
"""For the first question only, which needs no version."""


@dataclass(frozen=True)
class Settings:
    """Where the engine is; ``host`` is None when nobody said so."""

    host: str | None = None
    context: str = ""
    ssh_options: tuple[str, ...] = ()
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
            context=value("context", "DOCKER_CONTEXT"),
            ssh_options=_words(variables.get("sshOpts") or environ.get("DOCKER_SSH_OPTS")),
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

    def resolved(self) -> Settings:
        """Return the settings with the address of the context, which counts more than ``host``.

        Raises:
            ResourceFailed: there is no such context.
        """
        if self.context in ("", DEFAULT):
            return self
        found = docker_context(self.context)
        certificates = self.cert_path or ("" if self.cert_material else found.cert_path)
        return replace(self, host=found.host, context="", cert_path=certificates)

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
    settings = settings.resolved()
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
    if host.startswith("ssh://"):
        return _client_over(SshAdapter(ssh_command(host, settings.ssh_options)), BASE_URL)
    trust = _trust(settings)
    if trust is not None and not host.startswith("unix://"):
        return _client_over(TlsAdapter(trust, POOL_SIZE), "https://" + host.split("://", 1)[-1])
    return docker.APIClient(
        base_url=host,
        version="auto",  # asks the engine, and so proves that it answers
        timeout=READ_TIMEOUT_SECONDS,
        num_pools=POOL_SIZE,
        max_pool_size=POOL_SIZE,
    )


def _client_over(adapter: requests.adapters.HTTPAdapter, address: str) -> docker.APIClient:
    """Return a client that sends its requests through ``adapter``, and ask the engine for its version that way."""
    client: Any = docker.APIClient(base_url=address, version=OLDEST_API, timeout=READ_TIMEOUT_SECONDS)
    client.mount(address, adapter)
    client.trust_env = False  # a proxy for the internet is none for the engine
    try:
        client._version = str(client.version(api_version=False)["ApiVersion"])  # noqa: SLF001 - made to be looked up first
    except BaseException:
        client.close()
        raise
    made: docker.APIClient = client
    return made


def _trust(settings: Settings) -> SSLContext | None:
    if settings.cert_material:
        return context_of_texts(settings.ca_material, settings.cert_material, settings.key_material)
    return context_of_files(Path(settings.cert_path)) if settings.cert_path else None


def _words(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - a list, its JSON text, or words of an environment variable
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else value.split()
    return tuple(str(word) for word in value or ())


def _reason(error: Exception, host: str) -> str:
    text = str(error)
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return "there is no such socket"
    for words, reason in _REASONS:
        if words in text:
            return reason.format(detail=_last_part(text))
    return text.split("\n", 1)[0][:300]


def _last_part(text: str) -> str:
    """Return what the innermost of the libraries' nested errors says."""
    inner = text.partition("ssh: ")[2] if "ssh: " in text else text.rpartition("(")[2]
    return inner.replace("\\n", " ").replace("\\r", "").strip("()'\" ")[:300]
