"""One HTTP request: status, a piece of text in the answer, and how long it took.

It deliberately follows no redirect; a redirect that is wanted is a status to expect.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.secure_http import client, send
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

MOST_SHOWN = 100


class HttpTarget(Target):
    """One request."""

    kind: Literal["http"]
    url: str
    address: str
    """host:port to connect to, whatever name the URL has."""
    server_name: str
    ca_pem: str | None = None
    status: int = 200
    contains: str | None = None
    max_latency_ms: float | None = None

    async def probe(self, context: ProbeContext) -> Finding:
        """Ask and judge."""
        async with client(ca_pem=self.ca_pem, timeout_seconds=context.timeout_seconds) as http:
            started = time.perf_counter()
            response = await send(http, "GET", self.url, address=self.address, server_name=self.server_name)
            latency_ms = (time.perf_counter() - started) * 1000
        return evaluate(response.status_code, response.text, latency_ms, self)


def evaluate(status: int, body: str, latency_ms: float, target: HttpTarget) -> Finding:
    """Judge an answer."""
    if status != target.status:
        beginning = " ".join(body.split())[:MOST_SHOWN]
        return Finding(healthy=False, detail=f"HTTP {status}, expected {target.status}: {beginning}")
    if target.contains is not None and target.contains not in body:
        return Finding(healthy=False, detail=f"HTTP {status}, but the answer does not contain '{target.contains}'")
    if target.max_latency_ms is not None and latency_ms > target.max_latency_ms:
        return Finding(healthy=False, detail=f"took {latency_ms:.0f} ms, at most {target.max_latency_ms:g} ms expected")
    return Finding(healthy=True, detail=f"HTTP {status} from {target.url}")
