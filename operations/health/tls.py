"""A TLS endpoint: does its certificate chain to the environment's CA, fit the name, and last long enough?

It deliberately speaks no protocol inside TLS.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.secure_http import trust
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

SECONDS_PER_DAY = 86400


class TlsTarget(Target):
    """One endpoint."""

    kind: Literal["tls"]
    address: str
    """host:port"""
    server_name: str
    ca_pem: str | None = None
    min_days: float = 14

    async def probe(self, context: ProbeContext) -> Finding:  # noqa: ARG002 - the target says everything
        """Shake hands and judge the certificate."""
        host, _, port = self.address.rpartition(":")
        _, writer = await asyncio.open_connection(
            host, int(port), ssl=trust(self.ca_pem), server_hostname=self.server_name
        )
        try:
            certificate = writer.get_extra_info("peercert")
            version = writer.get_extra_info("ssl_object").version()
        finally:
            writer.close()
        left = ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()
        return evaluate(left, self.min_days, version)


def evaluate(seconds_left: float, min_days: float, version: str) -> Finding:
    """Judge the time that a certificate has left."""
    days = seconds_left / SECONDS_PER_DAY
    if days < min_days:
        return Finding(healthy=False, detail=f"certificate ends in {days:.1f} days, at least {min_days:g} expected")
    return Finding(healthy=True, detail=f"{version}, certificate lasts {days:.0f} days")
