"""Requests of one kind to one endpoint at a fixed rate, whatever becomes of them (an open loop).

Each request is its own task with its own deadline, so a slow answer delays no other request, and none is left out. It
deliberately knows nothing of what the results are for.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h11

from operations.availability.exchange import (
    Connection,
    ConnectionClosedError,
    StaleConnectionError,
    connect,
)
from operations.availability.tally import Sample

if TYPE_CHECKING:
    from operations.availability.endpoint import Endpoint
    from operations.availability.tally import Tally

MOST_KEPT = 2
"""Idle connections of a lane; more are made while answers are slow, and closed after."""


@dataclass
class Lane:
    """One kind of request."""

    endpoint: Endpoint
    tls: ssl.SSLContext
    period_seconds: float
    keeps_connections: bool
    """Whether requests go over connections that are kept open, as a browser's, or each over a new one."""
    timeout_seconds: float
    """What a request may take from the moment it was due."""
    offset_seconds: float = 0.0
    """When the first one is due, so that lanes do not send all at the same moment."""
    _kept: list[Connection] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, began: float, stop: asyncio.Event, tally: Tally) -> None:
        """Send until told to stop, then wait for what is under way; `began` is a time of the event loop."""
        number = 0
        while not await self._told_to_stop(stop, began + self._due(number)):
            due = self._due(number)
            tally.started_late(asyncio.get_running_loop().time() - began - due)
            task = asyncio.create_task(self._request(began, due, tally))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            number += 1
        if self._under_way:
            await asyncio.wait(self._under_way)
        for connection in self._kept:
            connection.close()

    def _due(self, number: int) -> float:
        return self.offset_seconds + number * self.period_seconds

    @staticmethod
    async def _told_to_stop(stop: asyncio.Event, moment: float) -> bool:
        """Wait for a moment; say whether the order to stop came first."""
        left = moment - asyncio.get_running_loop().time()
        if left > 0:
            try:
                async with asyncio.timeout(left):
                    await stop.wait()
            except TimeoutError:
                pass
        return stop.is_set()

    async def _request(self, began: float, due: float, tally: Tally) -> None:
        failure, reconnected = None, False
        try:
            async with asyncio.timeout_at(began + due + self.timeout_seconds):
                status, reconnected = await self._answer()
            if status != self.endpoint.status:
                failure = f"HTTP {status}"
        except (OSError, ConnectionClosedError, h11.ProtocolError) as error:
            failure = cause(error)
        latency = asyncio.get_running_loop().time() - began - due
        tally.add(Sample(self.endpoint.name, due, self.period_seconds, latency, failure, reconnected))

    async def _answer(self) -> tuple[int, bool]:
        if (connection := self._idle()) is not None:
            try:
                return await self._ask(connection), False
            except StaleConnectionError:
                return await self._ask(await connect(self.endpoint, self.tls)), True
        return await self._ask(await connect(self.endpoint, self.tls)), False

    def _idle(self) -> Connection | None:
        while self._kept:
            connection = self._kept.pop()
            if connection.usable:
                return connection
            connection.close()
        return None

    async def _ask(self, connection: Connection) -> int:
        keep = False
        try:
            status = await connection.get()
            keep = self.keeps_connections and connection.usable and len(self._kept) < MOST_KEPT
        finally:
            if keep:
                self._kept.append(connection)
            else:
                connection.close()
        return status


def cause(error: Exception) -> str:
    """Name an error in the few words by which failures are counted."""
    names: tuple[tuple[type[Exception], str], ...] = (
        (TimeoutError, "timeout"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "TLS"),
        (ConnectionRefusedError, "refused"),
        (ConnectionResetError, "reset"),
        (ConnectionClosedError, "closed"),
        (OSError, "unreachable"),
    )
    return next((name for kind, name in names if isinstance(error, kind)), "not HTTP")
