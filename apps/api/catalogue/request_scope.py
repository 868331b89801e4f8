"""What surrounds each request: its id, a limit on its size, its log line, and a hint to leave a draining server.

It deliberately never looks into bodies or query strings: those may hold what does not belong into a log.
"""

import logging
import re
import time
from http import HTTPStatus
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .drain import Drain
from .logs import request_id_variable
from .problems import problem_response

LARGEST_BODY_BYTES = 64 * 1024
_LOG = logging.getLogger("catalogue.access")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestScope:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app = app
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given_id = headers.get("x-request-id", "")
        scope["request_id"] = given_id if _REQUEST_ID.fullmatch(given_id) else uuid4().hex
        request_id_variable.set(scope["request_id"])
        started = time.monotonic()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._mark(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            refusal = _size_refusal(scope, headers)
            await (refusal or self._app)(scope, receive, send_marked)
        finally:
            _log(scope, status, time.monotonic() - started)

    def _mark(self, scope: Scope, headers: MutableHeaders) -> None:
        headers["X-Request-ID"] = scope["request_id"]
        headers.setdefault("Cache-Control", "no-cache")
        headers["X-Content-Type-Options"] = "nosniff"
        if self._drain.started:
            # Clients that keep connections open must come back through the Service, to another replica.
            headers["Connection"] = "close"


def _size_refusal(scope: Scope, headers: Headers) -> ASGIApp | None:
    if "transfer-encoding" in headers:
        detail = "Send the body with a Content-Length, not in chunks."
        return problem_response(Request(scope), HTTPStatus.LENGTH_REQUIRED, "length-required", detail)
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) <= LARGEST_BODY_BYTES:
        return None
    detail = f"The body is larger than {LARGEST_BODY_BYTES} bytes, which no product needs."
    return problem_response(Request(scope), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)


def _log(scope: Scope, status: int, seconds: float) -> None:
    level = logging.DEBUG if scope["path"].startswith("/health/") else logging.INFO
    fields = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    _LOG.log(level, "%s %s %s", scope["method"], scope["path"], status, extra={"fields": fields})
