"""What people see below Pulumi's own display: what it does not tell, and nothing that it does.

It deliberately is short; the whole page is one `--output` away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from operations.preview.cost import words

if TYPE_CHECKING:
    from rich.console import Console

    from operations.preview.cost.estimate import CostEstimate
    from operations.preview.page import Page

COLOURS = {"error": "red", "warning": "yellow", "notice": "blue"}


def show(page: Page, console: Console) -> None:
    """Print machines and data at risk, what changes on hosts, what is known before, and what it costs."""
    for risk in page.risks:
        because = f" because of {', '.join(risk.because)}" if risk.because else ""
        console.print(f"[red]at risk[/]  {risk.kind} [bold]{escape(risk.name)}[/]: {risk.action}{escape(because)}; "
                      f"lost is {escape(risk.loses)}")  # fmt: skip
    for run in page.hosts:
        for change in run.changes:
            console.print(f"[yellow]host[/]     {run.host}: {escape(change.task)}  {escape(change.subject)}")
    for finding in page.foresight:
        colour = COLOURS[finding.severity]
        console.print(f"[{colour}]{finding.severity:8}[/] {escape(finding.about)}: {escape(finding.text)}")
        console.print(f"         {finding.advice}", markup=False)
    for reason in page.not_foreseen:
        console.print(f"not looked at: {reason}", markup=False)
    if page.cost:
        _show_cost(page.cost, console)


def _show_cost(cost: CostEstimate, console: Console) -> None:
    table = Table("", title=words.title(cost), title_justify="left")
    for head in words.HEADS[1:]:
        table.add_column(head, justify="right")
    for row in words.rows(cost):
        table.add_row(*map(escape, row))
    console.print(table)
    for note in words.notes(cost):
        console.print(note, markup=False)
