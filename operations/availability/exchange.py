"""One HTTPS connection to an endpoint, and GET requests on it one after the other (RFC 9112).

It deliberately verifies the certificate always, follows no redirect, and keeps nothing of the answer but its status.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from operations.availability.endpoint import Endpoint

READ_BYTES = 1 << 16
USER_AGENT = "slipway-availability"


class ConnectionClosedError(Exception):
    """The other side closed the connection in the middle of an answer, or before one that was due."""


class StaleConnectionError(ConnectionClosedError):
    """A connection that had served before was closed without one byte of an answer.

    The server gave it up while the request was on its way. A client may then ask again on another one, and all do
    (RFC 9112, 9.3.1).
    """


class Connection:
    """One open connection."""

    def __init__(self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._endpoint, self._reader, self._writer = endpoint, reader, writer
        self._protocol = h11.Connection(h11.CLIENT)
        self._served = 0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent on it."""
        open_here = self._protocol.our_state is h11.IDLE and not self._writer.is_closing()
        return open_here and not self._reader.at_eof()

    async def get(self) -> int:
        """Ask once and return the status.

        Raises:
            ConnectionClosedError: There was no whole answer.
            OSError: The connection broke.
            h11.RemoteProtocolError: The answer is not HTTP.
        """
        try:
            return await self._exchange()
        except (ConnectionResetError, BrokenPipeError, ConnectionClosedError) as error:
            if self._served and self._protocol.their_state is h11.SEND_RESPONSE and not self._protocol.trailing_data[0]:
                raise StaleConnectionError from error
            raise

    def close(self) -> None:
        """Close it without waiting for the other side."""
        self._writer.close()

    async def _exchange(self) -> int:
        self._writer.write(self._request())
        await self._writer.drain()
        status = 0
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                await self._read()
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.EndOfMessage):
                return self._finished(status)

    def _request(self) -> bytes:
        headers = [("Host", self._endpoint.host_header), ("User-Agent", USER_AGENT), ("Accept", "*/*")]
        request = h11.Request(method="GET", target=self._endpoint.target, headers=headers)
        return (self._protocol.send(request) or b"") + (self._protocol.send(h11.EndOfMessage()) or b"")

    async def _read(self) -> None:
        received = await self._reader.read(READ_BYTES)
        if not received:
            raise ConnectionClosedError("closed before the answer was complete")
        self._protocol.receive_data(received)

    def _finished(self, status: int) -> int:
        self._served += 1
        if self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE:
            self._protocol.start_next_cycle()
        else:
            self.close()
        return status


async def connect(endpoint: Endpoint, tls: ssl.SSLContext) -> Connection:
    """Open a connection.

    Raises:
        OSError: It cannot be reached, or its certificate is not right (ssl.SSLError).
    """
    host, _, port = endpoint.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=tls, server_hostname=endpoint.server_name)
    return Connection(endpoint, reader, writer)


def trust(endpoint: Endpoint) -> ssl.SSLContext:
    """Return a TLS context that trusts the endpoint's CA alone, or what the system trusts when there is none."""
    return ssl.create_default_context(cadata=endpoint.ca_pem) if endpoint.ca_pem else ssl.create_default_context()
