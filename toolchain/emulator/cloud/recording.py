"""Puts a trail in front of ministack: each signed request is written down, and told when `LookupEvents` asks for it.

ministack has a trail of its own. It names no resources of EC2, takes every address for 127.0.0.1, and tells one page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.trail.request import is_signed, read_request
from toolchain.emulator.cloud.trail.trail import Trail, is_lookup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

OBJECT_DEPTH = 2
"""A path of a bucket and a key: that is data, of which no trail tells, and may be large."""


def record() -> None:
    """Write down everything from now on."""
    ministack.app.app = recorded(ministack.app.app, Trail(ministack.user_of_key))


def recorded(app: App, trail: Trail) -> App:
    """Return the application with a trail in front of it."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        headers = _headers(scope) if scope["type"] == "http" else {}
        if not is_signed(headers) or _is_object(scope["path"]):
            await app(scope, receive, send)
            return
        body = await _body(receive)
        query = scope.get("query_string", b"").decode()
        request = read_request(scope["method"], f"{scope['path']}?{query}", headers, body)
        if request and is_lookup(request):
            await _answer(send, json.dumps(trail.lookup(request)).encode())
            return
        answer = _Answer(send)
        await app(scope, _once(body, receive), answer.send)
        if request:
            trail.write(request, answer.status, bytes(answer.body), (scope.get("client") or ("",))[0])

    return serve


class _Answer:
    """What goes back, kept on its way."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status, self.body = 0, bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
        await self._send(message)


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _is_object(path: str) -> bool:
    return not path.startswith("/2013-04-01/") and len(unquote(path).strip("/").split("/")) >= OBJECT_DEPTH


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _once(body: bytes, receive: Receive) -> Receive:
    """Return what gives the whole body first, and then whatever comes, such as that the client has gone."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
