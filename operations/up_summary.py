"""The end of `slipway up`: the health table and the address to open, or what to do when it did not work.

It deliberately repeats none of Pulumi's output.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.display import print_json, progress_console
from operations.exit_code import ExitCode
from operations.health.report_table import show

if TYPE_CHECKING:
    from operations.health.report import HealthReport


def tell(environment: str, report: HealthReport | None, code: int, seconds: float, *, as_json: bool) -> None:
    """Print the summary for people, or as one JSON document."""
    if as_json:
        print_json(summary_json(environment, report, code, seconds))
    else:
        show_summary(environment, report, code, seconds)


def show_summary(environment: str, report: HealthReport | None, code: int, seconds: float) -> None:
    """Print the summary."""
    console = progress_console(as_json=False)
    if report is not None:
        show(report, console)
    if code == ExitCode.OK and report is not None:
        console.print(f"'{environment}' is up after {seconds:.0f} s. Open {report.endpoints.application}", markup=False)
    elif code == ExitCode.CANCELLED:
        console.print(f"Cancelled. Go on where it stopped with: slipway up {environment}", markup=False)
    elif report is None:
        console.print(f"The update failed. Once the cause is gone, go on with: slipway up {environment}", markup=False)
    else:
        console.print(f"Look again with: slipway health {environment} --wait 120", markup=False)


def summary_json(environment: str, report: HealthReport | None, code: int, seconds: float) -> str:
    """Return the summary as JSON."""
    summary: dict[str, Any] = {"environment": environment, "exitCode": code, "seconds": round(seconds, 1)}
    summary["health"] = None if report is None else report.model_dump(mode="json", by_alias=True)
    return json.dumps(summary, indent=2)
