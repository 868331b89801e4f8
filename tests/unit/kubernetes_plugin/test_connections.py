"""The fast lane to the API server, against a small server whose every answer is told."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from plugins.kubernetes.api.connections import Connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LENGTH = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nWarning: 299 - "one"\r\nWarning: 299 - "two"\r\n\r\n{}'
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request with the next of its answers; None closes without one, and b"" never answers."""

    def __init__(self) -> None:
        self.address = ""
        self.answers: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(x.split(b":")[1]) for x in head.split(b"\r\n") if b"content-length" in x.lower()), 0)
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/below"
    yield made
    listening.close()


@pytest.fixture
async def connections(server: Server) -> AsyncIterator[Connections]:
    tls = ssl.create_default_context()
    address = server.address
    made = Connections(address, tls, server_name="", connect_seconds=2, answer_seconds=0.5)
    yield made
    await made.close()


async def get(connections: Connections) -> httpx.Response:
    return await connections.exchange("GET", "/api", params=None, content=None, headers={})


async def test_one_connection_serves_request_after_request(server: Server, connections: Connections) -> None:
    server.answers = [LENGTH, CHUNKED]
    first = await get(connections)
    second = await connections.exchange(
        "POST", "/api/a b", params={"fieldManager": "x y"}, content=b"{}", headers={"Accept": "application/json"}
    )
    assert (first.status_code, first.json(), first.headers.get_list("warning")) == (
        200,
        {},
        ['299 - "one"', '299 - "two"'],
    )
    assert (second.status_code, second.json()) == (201, {})
    assert server.requests[1].startswith(b"POST /below/api/a%20b?fieldManager=x+y HTTP/1.1\r\n")
    assert server.requests[1].endswith(b"\r\n\r\n{}")
    assert server.connections == 1


async def test_a_connection_that_the_server_closes_is_not_used_again(server: Server, connections: Connections) -> None:
    server.answers = [CLOSING, LENGTH]
    await get(connections)
    await asyncio.sleep(0.05)
    assert (await get(connections)).status_code == 200
    assert server.connections == 2


async def test_requests_at_once_get_connections_of_their_own(server: Server, connections: Connections) -> None:
    server.answers = [LENGTH] * 5
    assert [answer.status_code for answer in await asyncio.gather(*(get(connections) for _ in range(5)))] == [200] * 5
    assert server.connections == 5


@pytest.mark.parametrize(
    ("answer", "error"),
    [(None, httpx.ReadError), (b"", httpx.ReadTimeout), (b"SMTP ready\r\n\r\n", httpx.RemoteProtocolError)],
    ids=["closed", "silent", "another protocol"],
)
async def test_no_answer_is_an_error_of_the_way_and_costs_the_connection(
    server: Server, connections: Connections, answer: bytes | None, error: type[Exception]
) -> None:
    server.answers = [answer, LENGTH]
    with pytest.raises(error):
        await get(connections)
    assert (await get(connections)).status_code == 200
    assert server.connections == 2
