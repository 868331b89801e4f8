"""A TLS server that answers, refuses, hangs or goes away when a test says so, and keeps a log of its own.

The log is the independent record: it is written by other code than what is tested, on the other side of the connection.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .servers import Authority


class FlakyServer:
    """One port; a thread for each connection, so that a hanging one holds up nobody else."""

    def __init__(self, authority: Authority, port: int) -> None:
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(authority.certificate_file, authority.key_file)
        self._port = port
        self.mode = "answers"
        """`answers`, `unavailable` (HTTP 503), `hangs`, `cuts` (closes instead of an answer) or `closes` (after it)."""
        self.log: list[int] = []
        """The status of every answer that was sent."""
        self.cut: list[int] = []
        """Of every connection that was closed instead of an answer, how many answers it had carried before."""
        self.connections = 0
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen until the block ends."""
        listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._listener = listener
        thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain, self._tls.wrap_socket(plain, server_side=True) as connection:
            with self._lock:
                self.connections += 1
            answers = 0
            while self._answer(connection, answers):
                answers += 1

    def _answer(self, connection: ssl.SSLSocket, answers: int) -> bool:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            part = connection.recv(4096)
            if not part:
                return False
            asked += part
        if self.mode == "hangs":
            time.sleep(3)
            return False
        if self.mode == "cuts":
            with self._lock:
                self.cut.append(answers)
            return False
        status = 503 if self.mode == "unavailable" else 200
        body = b"hello"
        connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        with self._lock:
            self.log.append(status)
        return self.mode != "closes"
