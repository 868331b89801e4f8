"""Shows a health report to people: one line for each check, lower layers first, then one line that sums up.

It deliberately prints the detail in full, since that is what the person on call needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from operations.health.report import Status

if TYPE_CHECKING:
    from rich.console import Console

    from operations.health.report import HealthReport

STYLES = {Status.HEALTHY: "green", Status.UNHEALTHY: "bold red", Status.SKIPPED: "yellow"}


def show(report: HealthReport, console: Console) -> None:
    """Print the table and the sum."""
    console.print(table(report))
    console.print(verdict(report))


def table(report: HealthReport) -> Table:
    """Return the table."""
    made = Table("layer", "check", "status", title=f"Health of {report.environment}", title_justify="left")
    made.add_column("detail", overflow="fold", ratio=1)
    made.add_column("latency", justify="right", no_wrap=True)
    layer = None
    for check in report.checks:
        style = STYLES[check.status]
        shown = "" if check.layer == layer else check.layer
        if layer is not None and shown:
            made.add_section()
        layer = check.layer
        status = f"[{style}]{check.status}[/{style}]"
        made.add_row(escape(shown), escape(check.name), status, escape(check.detail), f"{check.latency_ms} ms")
    return made


def verdict(report: HealthReport) -> Text:
    """Return the line that sums up."""
    healthy = sum(check.status is Status.HEALTHY for check in report.checks)
    word = "healthy" if report.healthy else "NOT healthy"
    passed = f"{healthy} of {len(report.checks)} checks passed in {report.seconds:.1f} s"
    return Text(
        f"{report.environment} is {word}: {passed}. Score: {report.score} of 100",
        style="green" if report.healthy else "bold red",
    )
