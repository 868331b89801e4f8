"""The end of `slipway up`: the health table, what users noticed, and the address to open, or what to do instead.

It deliberately repeats none of Pulumi's output.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.availability.words import budget_line, run_line
from operations.display import print_json, progress_console
from operations.exit_code import ExitCode
from operations.health.report_table import show

if TYPE_CHECKING:
    from operations.bring_up import UpResult


def tell(environment: str, result: UpResult, *, as_json: bool) -> None:
    """Print the summary for people, or as one JSON document."""
    if as_json:
        print_json(summary_json(environment, result))
    else:
        show_summary(environment, result)


def show_summary(environment: str, result: UpResult) -> None:
    """Print the summary."""
    console = progress_console(as_json=False)
    report = result.health
    if report is not None:
        show(report, console)
    if result.run is not None and result.budget is not None:
        console.print(f"{run_line(result.run)}\n{budget_line(result.budget, result.run)}", markup=False)
    if result.exit_code == ExitCode.OK and report is not None:
        opened = f"Open {report.endpoints.application}"
        console.print(f"'{environment}' is up after {result.seconds:.0f} s. {opened}", markup=False)
    elif result.exit_code == ExitCode.CANCELLED:
        console.print(f"Cancelled. Go on where it stopped with: slipway up {environment}", markup=False)
    elif report is None:
        console.print(f"The update failed. Once the cause is gone, go on with: slipway up {environment}", markup=False)
    else:
        console.print(f"Look again with: slipway health {environment} --wait 120", markup=False)


def summary_json(environment: str, result: UpResult) -> str:
    """Return the summary as JSON."""
    summary: dict[str, Any] = {
        "environment": environment,
        "exitCode": result.exit_code,
        "seconds": round(result.seconds, 1),
        "health": None if result.health is None else result.health.model_dump(mode="json", by_alias=True),
        "availability": None if result.run is None else result.run.model_dump(mode="json", by_alias=True),
        "budget": None if result.budget is None else result.budget.as_output(),
    }
    return json.dumps(summary, indent=2)
