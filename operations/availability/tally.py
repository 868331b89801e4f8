"""Counts what became of requests: failures by cause, latencies, and the time in which users were let down.

It is pure: requests go in, one record of the history comes out. What each key of a record means says
`operations.availability.record`.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_OUTAGES = 20
"""How many outages a record names, the longest ones."""


@dataclass(frozen=True)
class Sample:
    """One request."""

    endpoint: str
    intended: float
    """When it was due, in seconds on the clock of the run. Not when it was sent: a late request is the user's loss."""
    stands_for: float
    """Seconds until the next of its kind, for which it speaks."""
    latency: float
    """Seconds from then to the verdict."""
    failure: str | None = None
    """Why it failed."""
    reconnected: bool = False
    """Whether it was asked again, as a kept connection was closed under it."""


@dataclass
class _Counts:
    """Of one endpoint, or of all together."""

    requests: int = 0
    reconnected: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    latencies: array[float] = field(default_factory=lambda: array("f"))
    """Of the requests that succeeded: a refused connection is quick, and would flatter."""
    failed: list[tuple[float, float]] = field(default_factory=list)
    """Intervals that failed requests stand for."""

    def add(self, sample: Sample) -> None:
        self.requests += 1
        self.reconnected += sample.reconnected
        if sample.failure is None:
            self.latencies.append(sample.latency)
        else:
            self.causes[sample.failure] += 1
            self.failed.append((sample.intended, sample.intended + sample.stands_for))

    def summary(self) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        return {
            "requests": self.requests,
            "failures": self.causes.total(),
            "causes": dict(self.causes.most_common()),
            "reconnected": self.reconnected,
            "p50Ms": _milliseconds(percentile(ordered, 50)),
            "p99Ms": _milliseconds(percentile(ordered, 99)),
            "longestGapSeconds": round(max((end - start for start, end in united(self.failed)), default=0.0), 3),
        }


class Tally:
    """The counts of one run."""

    def __init__(self, names: Iterable[str]) -> None:
        self._all = _Counts()
        self._endpoints = {name: _Counts() for name in names}
        self._latest_start = 0.0

    def add(self, sample: Sample) -> None:
        """Count one request."""
        self._all.add(sample)
        self._endpoints[sample.endpoint].add(sample)

    def started_late(self, seconds: float) -> None:
        """Note how much later than intended a request was sent, which is the prober's own fault."""
        self._latest_start = max(self._latest_start, seconds)

    def summary(self, began_at: datetime) -> dict[str, Any]:
        """Return everything as JSON can hold it; `began_at` is zero on the clock of the run."""
        # Of all endpoints together: a user who needs two of them is let down when one fails.
        outages = united(self._all.failed)
        longest = sorted(outages, key=lambda outage: outage[0] - outage[1])[:MOST_OUTAGES]
        return {
            **self._all.summary(),
            "spentSeconds": round(sum(end - start for start, end in outages), 3),
            "latestStartMs": _milliseconds(self._latest_start),
            "endpoints": [{"name": name, **counts.summary()} for name, counts in self._endpoints.items()],
            "outages": [
                {"at": _moment(began_at, start), "seconds": round(end - start, 3)} for start, end in sorted(longest)
            ],
        }


def united(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the union of intervals, in order; those that touch become one."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        # A millisecond of tolerance, as ends are sums of floats.
        if found and start <= found[-1][1] + 0.001:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that so many per cent of all do not exceed (nearest rank); None of nothing."""
    if not ordered:
        return None
    return ordered[max(math.ceil(percent / 100 * len(ordered)) - 1, 0)]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _moment(began_at: datetime, seconds: float) -> str:
    moment = datetime.fromtimestamp(began_at.timestamp() + seconds, UTC)
    return moment.isoformat(timespec="milliseconds")
