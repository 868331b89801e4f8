"""Registry logins: from the provider's ``registryAuth``, else from the user's Docker configuration.

It stores nothing and talks to no registry.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.auth

from plugins.rpc.errors import ResourceFailed

DOCKER_HUB = "https://index.docker.io/v1/"
_HUB_NAMES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True)
class Login:
    """A user of one registry; empty for anonymous access."""

    username: str = ""
    password: str = field(default="", repr=False)
    server: str = ""

    def auth_config(self) -> dict[str, str] | None:
        """Return it as the engine's API wants it."""
        if not self.username:
            return None
        return {"username": self.username, "password": self.password, "serveraddress": self.server}


class Credentials:
    """Logins by registry host name."""

    def __init__(self, registry_auth: list[dict[str, Any]] | None = None) -> None:
        self._logins: dict[str, Login] = {}
        for entry in registry_auth or []:
            server = host_name(str(entry.get("address", "")))
            self._logins[server] = _login_of(entry, server)

    def of_registry(self, server: str) -> Login:
        """Return the login of a registry: the program's own, else that of ``docker login``."""
        host = host_name(server)
        return self._logins.get(host) or _from_user_configuration(host)

    def of_image(self, reference: str, own: Login | None = None) -> Login:
        """Return the login of the registry that an image name points to; a resource's own one comes first."""
        registry = registry_of(reference)
        if own is not None and own.username and own.server == auth_address(host_name(registry)):
            return own
        return self.of_registry(registry)


def registry_of(reference: str) -> str:
    """Return the registry host of an image name; a first part without dot, colon or 'localhost' is Docker Hub's."""
    first, slash, _rest = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first
    return "docker.io"


def host_name(server: str) -> str:
    """Strip scheme and path from a registry address."""
    host = server.split("://", 1)[-1].split("/", 1)[0]
    return "docker.io" if host in _HUB_NAMES else host


def auth_address(host: str) -> str:
    """Return the name under which the engine looks a login up: Docker Hub has a historic one."""
    return DOCKER_HUB if host == "docker.io" else host


def _login_of(entry: dict[str, Any], server: str) -> Login:
    if entry.get("authDisabled"):
        return Login(server=server)
    if entry.get("username"):
        return Login(str(entry["username"]), str(entry.get("password") or ""), server)
    if entry.get("configFileContent"):
        return _from_text(str(entry["configFileContent"]), server)
    path = Path(str(entry.get("configFile") or "~/.docker/config.json")).expanduser()
    if not path.is_file():
        raise ResourceFailed(
            f"registryAuth for {server}: there is no file {path}.\n"
            "Give username and password, or an existing configFile."
        )
    return _from_text(path.read_text(), server)


def _from_text(text: str, server: str) -> Login:
    for address, entry in json.loads(text).get("auths", {}).items():
        if host_name(address) == server:
            pair = base64.b64decode(entry.get("auth", "")).decode()
            username, _, password = pair.partition(":")
            return Login(username or entry.get("username", ""), password or entry.get("password", ""), server)
    return Login(server=server)


def _from_user_configuration(host: str) -> Login:
    found = docker.auth.load_config().resolve_authconfig(None if host == "docker.io" else host) or {}
    return Login(found.get("username") or "", found.get("password") or "", auth_address(host))
