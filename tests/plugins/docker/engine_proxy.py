"""A door in front of the real engine that a test can put TLS on, and can close: an engine elsewhere, and one that dies.

It passes bytes on and understands none of them.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

ENGINE_SOCKET = "/var/run/docker.sock"
CHUNK_BYTES = 1 << 16


class EngineProxy:
    """Listens on a free loopback port."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take nobody any more and cut every line, as an engine that is killed."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._open:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a client that TLS turned away, or a cut line
            inside = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(os.environ.get("DOCKER_HOST", ENGINE_SOCKET).removeprefix("unix://"))
            self._open += [inside, engine]
            threading.Thread(target=_pass_on, args=(engine, inside), daemon=True).start()
            _pass_on(inside, engine)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def engine_proxy(tls: ssl.SSLContext | None = None) -> Iterator[EngineProxy]:
    """Keep a proxy open until the block ends."""
    proxy = EngineProxy(tls)
    try:
        yield proxy
    finally:
        proxy.close()
