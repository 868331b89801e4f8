"""What was measured, as a table beside the targets and as JSON.

It deliberately gives minimum, median and maximum; with one run they are the same figure.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from bench.environment import Timed
    from bench.plain import PlainRun
    from bench.process_memory import Peak
    from bench.timings import Link, Span

GIB_IN_MIB = 1024


@dataclass
class Round:
    """One pass over everything that is measured."""

    up: Timed
    again: Timed
    scaled: Timed
    peak: Peak
    environment_mib: dict[str, float]
    scaled_environment_mib: dict[str, float]
    critical_path: list[Link] = field(default_factory=list)
    longest: list[Span] = field(default_factory=list)
    plain: PlainRun | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figures: list[float]
    unit: str
    target: float

    @property
    def met(self) -> bool:
        """Whether the median is within the target."""
        return statistics.median(self.figures) <= self.target


def rows(rounds: list[Round]) -> list[Row]:
    """Return the table of issue 3 as far as this run measured it."""
    found = [
        Row("up / plain script", [r.up.seconds / r.plain.timed.seconds for r in rounds if r.plain], "", 1.3),
        Row("up again / first up", [r.again.seconds / r.up.seconds for r in rounds], "", 0.10),
        Row("one machine more / first up", [r.scaled.seconds / r.up.seconds for r in rounds], "", 0.20),
        Row("memory of the environment", [sum(r.environment_mib.values()) / GIB_IN_MIB for r in rounds], "GiB", 6),
        Row("plugins, language host, program", [r.peak.own_mib for r in rounds], "MiB", 300),
    ]
    return [row for row in found if row.figures]


def times(rounds: list[Round]) -> dict[str, list[Timed]]:
    """Return everything that was timed, by name."""
    return {
        "slipway up": [r.up for r in rounds],
        "plain script": [r.plain.timed for r in rounds if r.plain],
        "slipway up again": [r.again for r in rounds],
        "slipway up with one machine more": [r.scaled for r in rounds],
    }


def as_json(rounds: list[Round]) -> dict[str, Any]:
    """Return everything, for `--json`."""
    return {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "results": [
            {"what": row.what, "unit": row.unit, "target": row.target, "met": row.met, **_spread(row.figures)}
            for row in rows(rounds)
        ],
        "rounds": [asdict(item) for item in rounds],
    }


def tables(rounds: list[Round]) -> list[Table]:
    """Return the times, and the ratios beside their targets."""
    timed = Table("what", "min s", "median s", "max s", "load before -> after", title=f"{len(rounds)} round(s)")
    for what, runs in times(rounds).items():
        if runs:
            spread = _spread([run.seconds for run in runs])
            load = ", ".join(f"{run.load[0]:.1f} -> {run.load[1]:.1f}" for run in runs)
            timed.add_row(what, *(f"{value:.1f}" for value in spread.values()), load)
    compared = Table("what", "min", "median", "max", "target", "")
    for row in rows(rounds):
        spread = _spread(row.figures)
        figures = (f"{value:.2f}" if value < GIB_IN_MIB // 10 else f"{value:.0f}" for value in spread.values())
        compared.add_row(row.what, *figures, f"<= {row.target:g} {row.unit}".rstrip(), "met" if row.met else "missed")
    return [timed, compared]


def _spread(figures: list[float]) -> dict[str, float]:
    return {
        "min": round(min(figures), 3),
        "median": round(statistics.median(figures), 3),
        "max": round(max(figures), 3),
    }
