"""Checks an environment: all probes at once; what is not healthy is asked until it is, or until the time is up.

It deliberately reads the outputs once and nothing else of the environment.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from operations.display import working
from operations.health.blame import Probed, explanation
from operations.health.finding import Finding
from operations.health.history import remember
from operations.health.outputs import read_outputs
from operations.health.probe_context import ProbeContext
from operations.health.report import CheckResult, HealthReport, Status, by_layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from operations.health.outputs import HealthTarget, Outputs
    from operations.session import Session

DEFAULT_TIMEOUT_SECONDS = 15.0
PAUSE_SECONDS = 1.0
MOST_SHOWN = 3


def check(
    session: Session, console: Console, *, wait_seconds: float = 0, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
) -> HealthReport:
    """Check an environment.

    Args:
        session: The environment.
        console: Where progress goes.
        wait_seconds: How long to go on while it is not healthy; 0 is one round.
        timeout_seconds: What one probe may take.

    Raises:
        OperationFailedError: The outputs cannot be read.
    """
    context = context_of(session, timeout_seconds=timeout_seconds)
    deadline = time.monotonic() + wait_seconds
    with working(console, f"Checking {len(context.outputs.health_targets)} health targets of '{session.environment}'"):
        report = asyncio.run(check_once(context, session.environment))
        while not report.healthy and time.monotonic() + PAUSE_SECONDS < deadline:
            _await_recovery(context, report, console, deadline)
            report = asyncio.run(check_once(context, session.environment))
        remember(session, report)
    return report


def _await_recovery(context: ProbeContext, report: HealthReport, console: Console, deadline: float) -> None:
    """Ask what is not healthy, and nothing else, until it is: the others would only take time from what recovers."""
    said = _waiting_for(report, len(report.checks))
    console.print(said, markup=False)
    left = [target for target in context.outputs.health_targets if _status(target, report) is Status.UNHEALTHY]
    while left and time.monotonic() + PAUSE_SECONDS < deadline:
        time.sleep(PAUSE_SECONDS)
        partial = asyncio.run(check_once(context, report.environment, left))
        left = [target for target in left if _status(target, partial) is not Status.HEALTHY]
        waiting = _waiting_for(partial, len(report.checks))
        if left and waiting != said:
            console.print(waiting, markup=False)
            said = waiting


def context_of(session: Session, *, timeout_seconds: float) -> ProbeContext:
    """Return what the probes of an environment work with.

    Raises:
        OperationFailedError: The outputs cannot be read.
    """
    return ProbeContext(read_outputs(session), timeout_seconds=timeout_seconds, kubectl=_kubectl)


async def check_once(
    context: ProbeContext, environment: str, targets: Sequence[HealthTarget] | None = None
) -> HealthReport:
    """Run every probe once, or those of some targets.

    All run at the same time, but those over SSH last, as their work here is others' latency.
    """
    started = time.monotonic()
    outputs = context.outputs
    try:
        probed = await _probe_all(outputs.health_targets if targets is None else targets, context)
    finally:
        await context.close()
    return HealthReport(
        environment=environment,
        checked_at=datetime.now(UTC),
        seconds=round(time.monotonic() - started, 2),
        endpoints=outputs.endpoints,
        checks=by_layer([_result(one, probed, outputs) for one in probed]),
    )


async def _probe_all(targets: Sequence[HealthTarget], context: ProbeContext) -> list[Probed]:
    found: dict[int, Probed] = {}
    for over_ssh in (False, True):
        wave = [(number, target) for number, target in enumerate(targets) if target.over_ssh is over_ssh]
        results = await asyncio.gather(*(_probe(target, context) for _, target in wave))
        found.update({number: probed for (number, _), probed in zip(wave, results, strict=True)})
    return [found[number] for number in range(len(targets))]


async def _probe(target: HealthTarget, context: ProbeContext) -> Probed:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(context.timeout_seconds):
            finding = await target.probe(context)
    except TimeoutError:
        detail = f"no answer within {context.timeout_seconds:g} s"
        finding = Finding(healthy=False, detail=detail, reachable=False)
    except Exception as error:  # noqa: BLE001 - whatever one probe runs into must not hide the others
        finding = Finding(healthy=False, detail=_one_line(error), reachable=False)
    return Probed(target, finding, round((time.perf_counter() - started) * 1000))


def _result(probed: Probed, everything: list[Probed], outputs: Outputs) -> CheckResult:
    status, detail = Status.HEALTHY, probed.finding.detail
    if not probed.finding.healthy:
        cause = explanation(probed, everything, outputs)
        status = Status.SKIPPED if cause else Status.UNHEALTHY
        detail = f"skipped (because {cause})" if cause else detail
    target = probed.target
    return CheckResult(
        layer=target.layer,
        name=target.name,
        kind=target.kind,
        status=status,
        detail=detail,
        latency_ms=probed.latency_ms,
        weight=target.weight,
    )


def _status(target: HealthTarget, report: HealthReport) -> Status:
    return next(check.status for check in report.checks if (check.layer, check.name) == (target.layer, target.name))


def _waiting_for(report: HealthReport, among: int) -> str:
    """Say what a report is waiting for, `among` so many checks in all."""
    bad = [check for check in report.checks if check.status is not Status.HEALTHY]
    causes = [f"{check.name}: {check.detail}" for check in bad if check.status is Status.UNHEALTHY]
    return f"{among - len(bad)} of {among} healthy; waiting for {'; '.join(causes[:MOST_SHOWN])}"


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__


def _kubectl() -> Path:
    from toolchain.lookup import executable  # noqa: PLC0415 - only some targets need it

    return executable("kubectl")
