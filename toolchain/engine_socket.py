"""What the container engine says about itself over its socket: whether it answers, and where it keeps its data.

It deliberately is no Docker client; a few requests before anything else exists are not worth loading one.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

DEFAULT_SOCKET = Path("/var/run/docker.sock")
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class EngineInfo:
    """An engine that answers."""

    version: str
    data_root: Path
    is_local: bool = True


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))


def remote_engine() -> str | None:
    """Return DOCKER_HOST when it names an engine that is not a socket of this machine."""
    host = os.environ.get("DOCKER_HOST", "")
    return host if host and not host.startswith("unix://") else None


def engine_socket() -> Path:
    """Return the socket of this machine's engine: DOCKER_HOST, else the usual one."""
    host = os.environ.get("DOCKER_HOST", "")
    return Path(host.removeprefix("unix://")) if host.startswith("unix://") else DEFAULT_SOCKET


def ask_engine(path: Path) -> EngineInfo | None:
    """Return what the engine at a socket says, or None when nothing answers.

    Raises:
        PermissionError: The socket is there, but not for this user.
    """
    try:
        said = _get(path, "/info")
        return EngineInfo(version=str(said["ServerVersion"]), data_root=Path(said["DockerRootDir"]))
    except PermissionError:
        raise
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None


def has_containers(path: Path, label: str) -> bool:
    """Say whether the engine at a socket has containers with a label, running or not; no when nothing answers."""
    filters = quote(json.dumps({"label": [label]}))
    try:
        return bool(_get(path, f"/containers/json?all=1&filters={filters}"))
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _get(path: Path, target: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    connection = _SocketConnection(path)
    try:
        connection.request("GET", target)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
