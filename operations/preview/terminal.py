"""What people see below Pulumi's own display: what it does not tell, and nothing that it does.

It deliberately is short; the whole page is one `--output` away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console

    from operations.preview.page import Page

COLOURS = {"error": "red", "warning": "yellow", "notice": "blue"}


def show(page: Page, console: Console) -> None:
    """Print machines and data at risk, what changes on hosts, and what is known before."""
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
