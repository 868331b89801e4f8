"""`slipway health --watch`: one round after another until interrupted, on a terminal in place, elsewhere as lines.

It deliberately says on a pipe only what changed: a log of hours must be readable.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from operations.health.check import DEFAULT_TIMEOUT_SECONDS, check_once, context_of
from operations.health.history import remember
from operations.health.report import Status
from operations.health.report_table import show, table, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from operations.health.report import HealthReport
    from operations.session import Session

DEFAULT_PERIOD_SECONDS = 10.0


def watch(
    session: Session,
    console: Console,
    *,
    period_seconds: float = DEFAULT_PERIOD_SECONDS,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    as_json: Callable[[HealthReport], None] | None = None,
) -> HealthReport | None:
    """Check again and again until Ctrl-C; return the last report, or None when there is none.

    Args:
        session: The environment.
        console: Where reports go.
        period_seconds: From the beginning of a round to the beginning of the next.
        timeout_seconds: What one probe may take.
        as_json: Takes each report instead of the console.
    """
    last: HealthReport | None = None
    rounds = _rounds(session, period_seconds=period_seconds, timeout_seconds=timeout_seconds)
    try:
        if as_json is not None:
            for last in rounds:
                as_json(last)
        elif console.is_terminal:
            last = _in_place(rounds, console)
        else:
            for report in rounds:
                _tell_changes(last, report, console)
                last = report
    except KeyboardInterrupt:
        pass
    return last


def changes(before: HealthReport | None, now: HealthReport) -> list[str]:
    """Return what became of checks since the last report; everything that is wrong when there was none."""
    known = {(check.layer, check.name): check.status for check in before.checks} if before else {}
    lines = []
    for check in now.checks:
        was = known.get((check.layer, check.name), Status.HEALTHY)
        if check.status is not was:
            lines.append(f"{check.name}: {was} -> {check.status}: {check.detail}")
    return lines


def _rounds(session: Session, *, period_seconds: float, timeout_seconds: float) -> Iterator[HealthReport]:
    context = context_of(session, timeout_seconds=timeout_seconds)
    while True:
        started = time.monotonic()
        report = asyncio.run(check_once(context, session.environment))
        remember(session, report)
        yield report
        time.sleep(max(period_seconds - (time.monotonic() - started), 0))


def _in_place(rounds: Iterator[HealthReport], console: Console) -> HealthReport | None:
    from rich.console import Group  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415

    last: HealthReport | None = None
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        try:
            for last in rounds:
                live.update(Group(table(last), verdict(last)), refresh=True)
        except KeyboardInterrupt:
            return last
    return last


def _tell_changes(before: HealthReport | None, report: HealthReport, console: Console) -> None:
    if before is None:
        show(report, console)
        return
    for line in changes(before, report):
        console.print(f"{report.checked_at:%H:%M:%S} score {report.score:3d}  {line}", markup=False)
