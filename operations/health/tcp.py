"""A TCP port: does it accept connections, and how quickly?

It deliberately sends nothing: what is behind the port is for other kinds.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext


class TcpTarget(Target):
    """One port."""

    kind: Literal["tcp"]
    address: str
    """host:port"""
    machine: str | None = None
    """The machine that it is on, where there is one: when that cannot be reached, this is no second problem."""
    max_latency_ms: float | None = None

    async def probe(self, context: ProbeContext) -> Finding:  # noqa: ARG002 - the target says everything
        """Connect and close."""
        host, _, port = self.address.rpartition(":")
        started = time.perf_counter()
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError as error:
            # asyncio puts a sentence of its own into strerror.
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            return Finding(healthy=False, detail=f"{self.address}: {reason}", reachable=False)
        writer.close()
        return evaluate((time.perf_counter() - started) * 1000, self)


def evaluate(latency_ms: float, target: TcpTarget) -> Finding:
    """Judge how long it took."""
    if target.max_latency_ms is not None and latency_ms > target.max_latency_ms:
        detail = f"{target.address} took {latency_ms:.0f} ms, at most {target.max_latency_ms:g} ms expected"
        return Finding(healthy=False, detail=detail)
    return Finding(healthy=True, detail=f"{target.address} accepts connections")
