"""The result of one health check, as one value for a table and for JSON.

It deliberately holds no secret: details are written by probes that know what they may show.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from enum import StrEnum

from operations.health.outputs import Endpoints  # noqa: TC001 - likewise
from operations.health.target import Contract

LAYERS = ("machines", "cluster", "registry", "gateway", "workload")
"""Lower layers first; one that is not listed comes last."""


class Status(StrEnum):
    """What became of a check."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    SKIPPED = "skipped"
    """It failed, but so did something below it that explains the failure."""


class CheckResult(Contract):
    """One line of the table."""

    layer: str
    name: str
    kind: str
    status: Status
    detail: str
    latency_ms: int


class HealthReport(Contract):
    """One round of checks."""

    environment: str
    checked_at: datetime
    seconds: float
    endpoints: Endpoints
    checks: tuple[CheckResult, ...]

    @property
    def healthy(self) -> bool:
        """Whether every check passed; an environment without checks is not known to be healthy."""
        return bool(self.checks) and all(check.status is Status.HEALTHY for check in self.checks)


def by_layer(checks: list[CheckResult]) -> tuple[CheckResult, ...]:
    """Return checks with lower layers first, in their own order within a layer."""
    ranks = {layer: rank for rank, layer in enumerate(LAYERS)}
    return tuple(sorted(checks, key=lambda check: ranks.get(check.layer, len(LAYERS))))
