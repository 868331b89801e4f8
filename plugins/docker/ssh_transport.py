"""Reaches a Docker engine over SSH: each connection is one ``ssh HOST docker system dial-stdio``.

The ssh client of this computer does all of it, with its own configuration, keys and known hosts; nothing here asks for
a password. Source: docker/cli cli/connhelper.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urlsplit

import requests.adapters
import urllib3
import urllib3.connection

from plugins.rpc.errors import ResourceFailed

BASE_URL = "http://docker.over.ssh:80"
# Every connection is a process here and a session there; servers turn away more than ten that have not logged in yet.
CONNECTIONS = 8
_SECONDS_TO_SAY_WHY = 5
# In this order: ssh takes the first value of an option, and the program's come before these.
_OPTIONS = ("-o", "ConnectTimeout=30", "-o", "BatchMode=yes", "-T")


def ssh_command(host: str, options: tuple[str, ...] = ()) -> list[str]:
    """Return the command for an address like ``ssh://user@host:22/run/docker.sock``.

    Raises:
        ResourceFailed: the address has a password, a query or no host.
    """
    address = urlsplit(host)
    problem = _problem(address)
    if problem:
        raise ResourceFailed(f"The address of the engine {problem}: write ssh://[USER@]HOST[:PORT][/SOCKET].")
    who = ["-l", unquote(address.username)] if address.username else []
    where = ["-p", str(address.port)] if address.port else []
    engine = ["--host", f"unix://{address.path}"] if address.path.strip("/") else []
    name = str(address.hostname)
    return ["ssh", *options, *_OPTIONS, *who, *where, "--", name, "docker", *engine, "system", "dial-stdio"]


def _problem(address: SplitResult) -> str:
    if address.password:
        return "has a password, which ssh does not take"
    if address.query or address.fragment:
        return "has a '?' or '#'"
    return "" if address.hostname else "names no host"


class SshConnection(urllib3.connection.HTTPConnection):
    """HTTP over the standard input and output of one ssh process."""

    command: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None
    _said: IO[bytes] | None = None
    _answering = False
    _words = ""

    def connect(self) -> None:
        """Start ssh; that it cannot log in shows with the first answer."""
        ours, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        with theirs:
            # Its own process group, or a Ctrl-C of the user would cut the line under an operation that is winding up.
            self._process = subprocess.Popen(
                self.command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._said, start_new_session=True
            )
        if isinstance(self.timeout, (int, float)):
            ours.settimeout(self.timeout)
        self.sock = ours

    def getresponse(self) -> Any:  # noqa: ANN401 - whatever urllib3 makes of it
        """Return the engine's answer.

        Raises:
            ConnectionResetError: ssh ended instead; the text has its own words.
        """
        self._answering = True
        try:
            return super().getresponse()
        except OSError as error:
            self.close()
            if not self._words:
                raise
            raise ConnectionResetError(f"ssh: {self._words}") from error
        finally:
            self._answering = False

    def close(self) -> None:
        """End ssh with the connection; http.client closes a line that was cut before it tells of it."""
        super().close()
        if self._process is not None:
            if self._answering:
                self._words = self._last_words(self._process)
            self._process.terminate()
            self._process.wait()
            self._process = None
        if self._said is not None:
            self._said.close()
            self._said = None

    def _last_words(self, process: subprocess.Popen[bytes]) -> str:
        try:
            process.wait(timeout=_SECONDS_TO_SAY_WHY)
        except subprocess.TimeoutExpired:
            return ""
        if self._said is None:
            return ""
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()


class SshAdapter(requests.adapters.HTTPAdapter):
    """Sends every request through a small pool of ssh connections."""

    def __init__(self, command: list[str]) -> None:
        super().__init__()
        connection = type("BoundSshConnection", (SshConnection,), {"command": tuple(command)})
        self._connections = urllib3.HTTPConnectionPool("docker.over.ssh", maxsize=CONNECTIONS, block=True)
        self._connections.ConnectionCls = connection

    def get_connection_with_tls_context(self, *_args: Any, **_more: Any) -> Any:  # noqa: ANN401
        """Return the pool, whatever the request."""
        return self._connections

    def close(self) -> None:
        """End the connections."""
        self._connections.close()
        super().close()
