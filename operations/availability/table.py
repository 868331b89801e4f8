"""Shows the error budget and the newest runs of an environment to people.

It deliberately leaves charts to the pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from operations.availability.words import budget_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from operations.availability.record import Budget, Run

MOST_SHOWN = 20


def show(environment: str, budget: Budget, runs: Sequence[Run], console: Console) -> None:
    """Print the table, newest last, and the budget."""
    if runs:
        console.print(_table(environment, runs[-MOST_SHOWN:]))
    else:
        console.print(f"Nothing was measured yet: 'slipway up {environment}' does, once there is something to probe.")
    console.print(budget_line(budget), style="bold red" if budget.exhausted else "green", markup=False)


def _table(environment: str, runs: Sequence[Run]) -> Table:
    table = Table(title=f"What users noticed of changes to {environment}", title_justify="left")
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("what", overflow="fold", min_width=6)
    for name in ("requests", "failed", "gap s", "p50 ms", "p99 ms", "spent s"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        style = "bold red" if run.failures else "green"
        what = run.reason if run.complete else f"{run.reason} (cut off)"
        table.add_row(
            f"{run.started_at:%m-%d %H:%M}",
            escape(what),
            str(run.requests),
            f"[{style}]{run.failures}[/{style}]",
            f"{run.longest_gap_seconds:.1f}",
            _milliseconds(run.p50_ms),
            _milliseconds(run.p99_ms),
            f"{run.spent_seconds:.1f}",
        )
    return table


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
