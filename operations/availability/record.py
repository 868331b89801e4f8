"""One run of the history, as everything but the prober reads it; and the budget that runs are counted against.

It deliberately does no I/O.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW_DAYS = 30.4375
"""A twelfth of a year: four nines of it are 4.38 minutes."""
SECONDS_PER_DAY = 86400


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Counts(_Model):
    """What became of requests."""

    requests: int
    failures: int
    causes: dict[str, int]
    """Failures by cause: `timeout`, `refused`, `reset`, `closed`, `HTTP 503`..."""
    reconnected: int
    """Asked again as a kept connection was closed under them, which every client does; not failures."""
    p50_ms: float | None
    """Of the successful ones, from the moment they were due; none when none succeeded."""
    p99_ms: float | None
    longest_gap_seconds: float
    """Longest time in which every request that was due failed."""


class EndpointCounts(Counts):
    """Of one endpoint."""

    name: str


class Outage(_Model):
    """A time in which at least one endpoint failed."""

    at: datetime
    seconds: float


class Run(Counts):
    """One update, or whatever else was watched."""

    id: str
    reason: str
    started_at: datetime
    seconds: float
    complete: bool
    """False when the prober was killed: then this is what it knew a few seconds before."""
    spent_seconds: float
    """Time in which at least one endpoint failed."""
    latest_start_ms: float
    """How late the latest request was sent: the prober's own fault, which is part of its latency."""
    endpoints: tuple[EndpointCounts, ...]
    outages: tuple[Outage, ...]
    """The longest ones."""

    @property
    def ended_at(self) -> datetime:
        """When it ended."""
        return self.started_at + timedelta(seconds=self.seconds)


class Budget(_Model):
    """How long an environment may fail in a window, and what is left of that."""

    objective: float
    """Per cent of the window."""
    window_days: float = WINDOW_DAYS
    spent_seconds: float

    @property
    def budget_seconds(self) -> float:
        """All that may be spent in the window."""
        return (100 - self.objective) / 100 * self.window_days * SECONDS_PER_DAY

    @property
    def left_seconds(self) -> float:
        """What is left; below zero when more was spent than there was."""
        return self.budget_seconds - self.spent_seconds

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.left_seconds <= 0

    def as_output(self) -> dict[str, Any]:
        """Return it in the shape of the output `slo`."""
        return {
            **self.model_dump(by_alias=True),
            "budgetSeconds": round(self.budget_seconds, 1),
            "spentSeconds": round(self.spent_seconds, 1),
            "leftSeconds": round(self.left_seconds, 1),
        }


def parse_runs(documents: Iterable[dict[str, Any]]) -> list[Run]:
    """Read documents of the history; one of a shape that this version does not know is passed over."""
    runs = []
    for document in documents:
        try:
            runs.append(Run.model_validate(document))
        except ValidationError:
            continue
    return runs


def budget(objective: float, runs: Iterable[Run], *, now: datetime | None = None) -> Budget:
    """Return the budget of the window that ends now."""
    since = (now or datetime.now(UTC)) - timedelta(days=WINDOW_DAYS)
    spent = sum(run.spent_seconds for run in runs if run.ended_at > since)
    return Budget(objective=objective, spent_seconds=round(spent, 3))
