"""An S3 service on a loopback port: moto's, with a way to answer errors and to hold an upload half-way.

It deliberately is a server of its own process thread, as the Pulumi CLI must reach it like any other endpoint.
"""

from __future__ import annotations

import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterable

REGION = "eu-central-1"


class S3Server:
    """moto's S3 on a port."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.refusal: tuple[str, str] | None = None
        """Status and code of the answer to everything, such as `("403 Forbidden", "AccessDenied")`."""
        self.hold: str | None = None
        """An upload whose path ends so is read half, and no further."""
        self.is_held = threading.Event()
        self.release = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Begin to answer, without a word on each request."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self.release.set()
        self._server.shutdown()
        self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        if self.refusal:
            status, code = self.refusal
            start_response(status, [("Content-Type", "application/xml")])
            return [f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode()]
        if environ["REQUEST_METHOD"] == "PUT" and self.hold and environ["PATH_INFO"].endswith(self.hold):
            self._hold(environ)
            start_response("500 Internal Server Error", [])
            return [b""]
        answered: Iterable[bytes] = self._moto(environ, start_response)
        return answered

    def _hold(self, environ: dict[str, Any]) -> None:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]) // 2)
        self.is_held.set()
        self.release.wait(60)


def made_bucket(endpoint: str) -> tuple[Any, str]:
    """Make a bucket and return a client that sees it, and its name."""
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION)
    name = f"state-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client, name
