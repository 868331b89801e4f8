"""A run and a budget in the few words that a person reads at the end of an update.

It deliberately returns text and prints nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.availability.record import Budget, Counts, Run

PERCENT = 100


def run_line(run: Run) -> str:
    """Return what users noticed of a run."""
    names = " and ".join(endpoint.name for endpoint in run.endpoints)
    return f"Meanwhile {run.requests} requests to {names} in {run.seconds:.0f} s: {outcome(run)}"


def outcome(counts: Counts) -> str:
    """Return failures with their causes, the longest gap and latencies."""
    parts = ["none failed"]
    if counts.failures:
        causes = ", ".join(f"{cause} {count}" for cause, count in counts.causes.items())
        parts = [f"{counts.failures} failed ({causes})", f"longest gap {counts.longest_gap_seconds:.1f} s"]
    if counts.p50_ms is not None and counts.p99_ms is not None:
        parts.append(f"p50 {counts.p50_ms:.0f} ms, p99 {counts.p99_ms:.0f} ms")
    return ", ".join(parts)


def budget_line(budget: Budget, run: Run | None = None) -> str:
    """Return what is left of a budget, and what a run spent of it."""
    spent = "" if run is None else f"{run.spent_seconds:.1f} s spent, "
    left = max(budget.left_seconds, 0)
    share = left / budget.budget_seconds * PERCENT
    return (
        f"Error budget at {budget.objective:g} %: {spent}{left:.1f} of {budget.budget_seconds:.1f} s left this month "
        f"({share:.0f} %)"
    )
