"""A public endpoint: what is asked for, where it is reached, and what counts as an answer.

It deliberately is a plain dataclass, since the process that probes must start at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of the output `slo`."""

    name: str
    url: str
    address: str
    """host:port to connect to, whatever name the URL has."""
    server_name: str
    """What the certificate must be for."""
    ca_pem: str | None = None
    status: int = 200

    @property
    def host_header(self) -> str:
        """The host that the other side is asked for."""
        return urlsplit(self.url).netloc

    @property
    def target(self) -> str:
        """Path and query of the request."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def from_output(entry: Mapping[str, Any]) -> Endpoint:
    """Read an endpoint in the shape of the output `slo`.

    Raises:
        KeyError: A key is missing.
    """
    return Endpoint(
        name=entry["name"],
        url=entry["url"],
        address=entry["address"],
        server_name=entry["serverName"],
        ca_pem=entry.get("caPem"),
        status=int(entry.get("status", 200)),
    )


def as_output(endpoint: Endpoint) -> dict[str, Any]:
    """Return the endpoint in that shape."""
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "address": endpoint.address,
        "serverName": endpoint.server_name,
        "caPem": endpoint.ca_pem,
        "status": endpoint.status,
    }
