"""Shows a drift report to people: one table for each layer, then one line that sums up.

It deliberately folds long values and cuts none off: half a difference is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from operations.drift.finding import Change

if TYPE_CHECKING:
    from rich.console import Console

    from operations.drift.finding import Author, DriftReport, Finding

STYLES = {Change.CHANGED: "yellow", Change.MISSING: "bold red", Change.UNRECORDED: "magenta"}


def show(report: DriftReport, console: Console) -> None:
    """Print the tables, what could not be looked at, and the sum."""
    for layer in report.layers:
        found = [finding for finding in report.findings if finding.layer == layer]
        if found:
            console.print(_table(layer, found, {*report.new}))
    for one in report.ignored:
        finding = one.finding
        what = f"{finding.kind} {finding.resource}: {finding.property}"
        console.print(f"ignored until {one.until}: {what} ({one.reason})", style="dim", markup=False)
    for hidden in report.unchecked:
        console.print(f"not looked at: {hidden.layer}, {hidden.what}: {hidden.why}", style="bold yellow", markup=False)
    console.print(summary(report), style="bold red" if report.findings else "green", markup=False)


def summary(report: DriftReport) -> str:
    """Return one line."""
    compared = f"{report.objects} things compared in {report.seconds:.1f} s"
    if not report.findings:
        told = "no drift" if not report.unchecked else "no drift where it could be looked at"
        return f"{report.environment}: {told}; {compared}"
    new = f", {len(report.new)} of them new" if report.new else ""
    return f"{report.environment} has drifted: {len(report.findings)} differences{new}; {compared}"


def author_text(author: Author | None) -> str:
    """Return who, with what and when."""
    if author is None:
        return "not known"
    at = f", {author.at:%Y-%m-%d %H:%M:%S} UTC" if author.at else ""
    return f"{author.name} ({author.via}{at}; {author.source})"


def _table(layer: str, found: list[Finding], new: set[str]) -> Table:
    table = Table(title=layer, title_justify="left")
    for name in ("resource", "property", "change", "was", "is", "by"):
        table.add_column(name, overflow="fold")
    shown = ""
    for finding in found:
        resource = f"{finding.kind} {finding.resource}"
        change = f"[{STYLES[finding.change]}]{finding.change}[/]" + (" new" if finding.key in new else "")
        table.add_row(
            escape("" if resource == shown else resource),
            escape(finding.property),
            change,
            escape(finding.was),
            escape(finding.now),
            escape(author_text(finding.author)),
        )
        shown = resource
    return table
