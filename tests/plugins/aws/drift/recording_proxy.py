"""A proxy in front of moto that keeps a trail of what goes through it, answers `LookupEvents` from that, and refuses.

The trail is that of the emulated cloud; moto has none, and no permissions either.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from toolchain.emulator.cloud.trail.request import read_request
from toolchain.emulator.cloud.trail.trail import Trail, is_lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSAL = (
    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>Not you.</Message></Error></Errors></Response>"
)
JSON_REFUSAL = '{"__type": "AccessDeniedException", "message": "Not you."}'
JSON_TYPE = {"content-type": "application/x-amz-json-1.1"}
SKIPPED = {"transfer-encoding", "content-length", "connection", "date", "server"}


@dataclass
class Proxy:
    """One that runs."""

    address: str
    refused: set[str] = field(default_factory=set)
    """Actions that nobody is allowed."""
    is_deaf: bool = False
    """Hangs up on everybody."""


@contextlib.contextmanager
def recording(upstream: str) -> Iterator[Proxy]:
    """Run the proxy on a free port."""
    proxy = Proxy("")
    server = _Server(("127.0.0.1", 0), _handler(urlsplit(upstream).netloc, Trail(), proxy))
    proxy.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield proxy
    server.shutdown()
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


def _handler(upstream: str, trail: Trail, proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = read_request(self.command, self.path, headers, body)
            if proxy.is_deaf:
                self.close_connection = True
                return
            if request and request.action in proxy.refused:
                is_json = "x-amz-target" in headers
                self._answer(400, JSON_TYPE if is_json else {}, JSON_REFUSAL if is_json else REFUSAL)
                return
            if request and is_lookup(request):
                self._answer(200, JSON_TYPE, json.dumps(trail.lookup(request)))
                return
            connection = http.client.HTTPConnection(upstream)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            text = answer.read()
            if request:
                trail.write(request, answer.status, text, self.client_address[0])
            self._answer(answer.status, dict(answer.getheaders()), text)
            connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 - http.server's own names

        def _answer(self, status: int, headers: dict[str, str], body: bytes | str) -> None:
            content = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in SKIPPED:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
