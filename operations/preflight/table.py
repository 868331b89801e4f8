"""Shows to people what a look at the hosts found: what is in the way in full, what is fine as a count.

It decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from operations.preflight.finding import Status

if TYPE_CHECKING:
    from rich.console import Console

    from operations.preflight.finding import Report

STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.ERROR: "bold red"}


def show(report: Report, console: Console) -> None:
    """Print the table and the sum."""
    console.print(table(report))
    console.print(verdict(report))


def table(report: Report) -> Table:
    """Return the table: a line for each warning and error, and one for all that is fine on a host."""
    made = Table("host", "check", "status", title=f"Hosts of {report.environment}", title_justify="left")
    made.add_column("detail", overflow="fold", ratio=1)
    for host in dict.fromkeys(finding.host for finding in report.findings):
        own = [finding for finding in report.findings if finding.host == host]
        fine = [finding for finding in own if finding.status is Status.OK]
        rows: list[tuple[str, Status, str]] = []
        if fine:
            facts = {finding.check: finding.detail for finding in fine}
            told = "; ".join(facts[check] for check in ("distribution", "size", "disk", "clock") if check in facts)
            rows.append((f"{len(fine)} checks", Status.OK, told))
        rows += [(finding.check, finding.status, finding.detail) for finding in own if finding not in fine]
        for index, (check, status, detail) in enumerate(rows):
            style = STYLES[status]
            shown = escape(host) if index == 0 else ""
            made.add_row(shown, check, f"[{style}]{status}[/{style}]", escape(detail))
    return made


def verdict(report: Report) -> Text:
    """Return the line that sums up."""
    hosts = len({finding.host for finding in report.findings})
    warnings = sum(finding.status is Status.WARNING for finding in report.findings)
    counts = f"{hosts} hosts, {len(report.errors)} errors, {warnings} warnings in {report.seconds:.1f} s"
    if report.passed:
        return Text(f"{report.environment} is ready: {counts}", style="green")
    return Text(f"{report.environment} is NOT ready: {counts}. Nothing was changed.", style="bold red")
