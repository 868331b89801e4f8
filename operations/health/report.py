"""The result of one health check, as one value for a table and for JSON.

It deliberately holds no secret: details are written by probes that know what they may show.
"""

from __future__ import annotations

import math
from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from enum import StrEnum

from pydantic import computed_field

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
    weight: float = 1.0
    """What it counts in the score."""


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

    @computed_field(alias="score")  # type: ignore[prop-decorator]
    @property
    def score(self) -> int:
        """How much of what counts is healthy, in per cent; 100 only when all is.

        A check that was skipped counts as what it is for users, which is broken.
        """
        total = sum(check.weight for check in self.checks)
        healthy = sum(check.weight for check in self.checks if check.status is Status.HEALTHY)
        return math.floor(healthy / total * 100) if total else 0


def by_layer(checks: list[CheckResult]) -> tuple[CheckResult, ...]:
    """Return checks with lower layers first, in their own order within a layer."""
    ranks = {layer: rank for rank, layer in enumerate(LAYERS)}
    return tuple(sorted(checks, key=lambda check: ranks.get(check.layer, len(LAYERS))))
