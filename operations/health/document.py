"""A document written through the public API, read back and removed: the whole way to the database and back.

It deliberately leaves nothing behind, also when reading back fails.
"""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from operations.health.finding import Finding
from operations.health.secure_http import client, send
from operations.health.target import Target

if TYPE_CHECKING:
    import httpx

    from operations.health.probe_context import ProbeContext

MOST_SHOWN = 100


class DocumentTarget(Target):
    """The product API (apps/api)."""

    kind: Literal["document"]
    url: str
    """Base of the API, such as https://catalogue.localhost:8443/api/v1."""
    address: str
    server_name: str
    ca_pem: str | None = None

    async def probe(self, context: ProbeContext) -> Finding:
        """Create, read, compare, delete."""
        async with client(ca_pem=self.ca_pem, timeout_seconds=context.timeout_seconds) as http:
            written = sample()
            created = await self._send(http, "POST", "/products", content=written)
            if created.status_code != HTTPStatus.CREATED:
                return Finding(healthy=False, detail=f"writing: {_answer(created)}")
            path = f"/products/{created.json()['id']}"
            try:
                read = await self._send(http, "GET", path)
            finally:
                removed = await self._send(http, "DELETE", path, headers={"If-Match": created.headers["ETag"]})
        return evaluate(written, read, removed)

    async def _send(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        content: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        body = None if content is None else json.dumps(content).encode()
        return await send(
            http,
            method,
            f"{self.url.rstrip('/')}{path}",
            address=self.address,
            server_name=self.server_name,
            headers={"Content-Type": "application/json", **(headers or {})},
            content=body,
        )


def sample() -> dict[str, Any]:
    """Return a product that no other check writes at the same time."""
    return {
        "sku": f"HEALTH-{secrets.token_hex(6).upper()}",
        "name": "Health check",
        "description": "Written by a health check, which removes it again.",
        "tags": ["health-check"],
        "price": {"amountMinor": 1999, "currency": "EUR"},
        "stock": 1,
    }


def evaluate(written: dict[str, Any], read: httpx.Response, removed: httpx.Response) -> Finding:
    """Judge what came back."""
    if read.status_code != HTTPStatus.OK:
        return Finding(healthy=False, detail=f"reading back: {_answer(read)}")
    back = read.json()
    differing = [key for key, value in written.items() if back.get(key) != value]
    if differing:
        return Finding(healthy=False, detail=f"read back differs from what was written in: {', '.join(differing)}")
    if removed.status_code != HTTPStatus.NO_CONTENT:
        return Finding(healthy=False, detail=f"removing: {_answer(removed)}")
    return Finding(healthy=True, detail="written, read back equal, removed")


def _answer(response: httpx.Response) -> str:
    return f"HTTP {response.status_code}: {' '.join(response.text.split())[:MOST_SHOWN]}"
