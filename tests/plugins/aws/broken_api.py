"""A proxy in front of moto that fails, loses and changes answers as AWS does on a bad day.

It knows the query protocol of EC2 and IAM: one action a request, named in a form.
"""

from __future__ import annotations

import contextlib
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ERROR = "<Response><Errors>{0}</Errors><RequestID>test</RequestID></Response>"
_IAM_ERROR = '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{0}</ErrorResponse>'


@dataclass
class Failure:
    """An error in place of the answers to some requests."""

    code: str
    message: str
    times: int
    status: int = 400


@dataclass
class BrokenApi:
    """What is to go wrong; nothing, as it is made."""

    upstream: str
    address: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    changes: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """Rewrites the answer to an action."""
    afterwards: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Happens once, after an action was done and before it is answered; the answer is lost then."""

    def fail(
        self, action: str, code: str, message: str = "said the test", *, times: int = 1, status: int = 400
    ) -> None:
        """Answer the next requests for an action with an error."""
        self.failures[action] = Failure(code, message, times, status)

    def lose(self, action: str) -> None:
        """Do what the next request wants, and hang up."""
        self.afterwards[action] = lambda: None

    def asked(self, action: str) -> list[dict[str, str]]:
        """Return the requests for an action."""
        return [request for request in self.requests if request["Action"] == action]


@contextlib.contextmanager
def broken(upstream: str) -> Iterator[BrokenApi]:
    """Run the proxy on a free port."""
    api = BrokenApi(upstream)
    server = _Server(("127.0.0.1", 0), _handler(api))
    api.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield api
    server.shutdown()
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of clients that hang up: killed ones do."""


def _handler(api: BrokenApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = dict(urllib.parse.parse_qsl(body.decode()))
            api.requests.append(request)
            action = request.get("Action", "")
            failure = api.failures.get(action)
            if failure and failure.times > 0:
                failure.times -= 1
                self._answer(failure.status, _error(failure, request))
                return
            status, answer = self._forwarded(body)
            if afterwards := api.afterwards.pop(action, None):
                afterwards()
                self.close_connection = True
                return
            self._answer(status, api.changes.get(action, str)(answer))

        def _forwarded(self, body: bytes) -> tuple[int, str]:
            kept = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "content-length")}
            request = urllib.request.Request(api.upstream + self.path, body, kept)  # noqa: S310 - moto, by http
            try:
                with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:  # noqa: ANN401
            """Say nothing."""

    return Handler


def _error(failure: Failure, request: dict[str, str]) -> str:
    error = f"<Error><Code>{failure.code}</Code><Message>{failure.message}</Message></Error>"
    return (_IAM_ERROR if request.get("Version") == "2010-05-08" else _ERROR).format(error)
