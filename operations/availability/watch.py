"""Probes the public endpoints of an environment while something changes it, and guards its error budget.

Which endpoints there are is read from what the last update recorded, before this one starts.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from operations.availability.endpoint import Endpoint, as_output, from_output
from operations.availability.exchange import connect, trust
from operations.availability.files import HistoryFiles
from operations.availability.lane import cause
from operations.availability.record import Budget, Run, budget, parse_runs
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.json_lines import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from operations.session import Session

END_SECONDS = 15.0
"""What the prober may take to end: the deadline of its last requests, and as much again."""
ANSWER_SECONDS = 5.0


class Watch:
    """What was measured; `run` is there once the block has ended, unless there was nothing to probe."""

    run: Run | None = None


def files_of(session: Session) -> HistoryFiles:
    """Return where the history of an environment is."""
    return HistoryFiles(session.availability_directory)


def runs_of(session: Session) -> list[Run]:
    """Return the history of an environment, oldest first."""
    return parse_runs(files_of(session).read())


def recorded_endpoints(outputs: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """Return the public endpoints of a stack's outputs; none before the first update, or of an older one's outputs."""
    try:
        return tuple(from_output(entry) for entry in outputs["slo"]["endpoints"])
    except (KeyError, TypeError, ValueError):
        return ()


@contextmanager
def watching(session: Session, endpoints: tuple[Endpoint, ...], reason: str) -> Iterator[Watch]:
    """Probe while the block runs; without endpoints do nothing.

    A prober that cannot work never stands in the way of an update: then there is no measurement.
    """
    watch = Watch()
    if not endpoints:
        yield watch
        return
    process = _start(session.availability_directory, endpoints, reason)
    try:
        yield watch
    finally:
        watch.run = _end(process)


def record_spent(session: Session, objective: float) -> Budget:
    """Return the budget of an environment, and leave what is spent where the program reads it for the output `slo`."""
    found = budget(objective, runs_of(session))
    replace(session.spent_file, json.dumps({"spentSeconds": round(found.spent_seconds, 1)}).encode())
    return found


def refuse_without_budget(environment: str, found: Budget, endpoints: tuple[Endpoint, ...]) -> None:
    """Refuse to put a working environment at risk when its budget is gone.

    Raises:
        OperationFailedError: The budget is gone and every endpoint answers. One that is down may be mended.
    """
    if not (found.exhausted and endpoints) or asyncio.run(_first_failure(endpoints)) is not None:
        return
    raise OperationFailedError(
        f"The error budget of '{environment}' is gone: {found.spent_seconds:.0f} s were spent in the last "
        f"{found.window_days:.0f} days, and an objective of {found.objective:g} % allows {found.budget_seconds:.0f} s. "
        f"Nothing was changed, as everything works now.\n"
        f"See what spent it with: slipway slo {environment}\n"
        f"Wait until it is back, or go on all the same with: slipway up {environment} --spend-budget",
        ExitCode.CONFIGURATION,
    )


async def _first_failure(endpoints: tuple[Endpoint, ...]) -> str | None:
    results = await asyncio.gather(*(_failure(endpoint) for endpoint in endpoints))
    return next((result for result in results if result is not None), None)


async def _failure(endpoint: Endpoint) -> str | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await connect(endpoint, trust(endpoint))
            try:
                status = await connection.get()
            finally:
                connection.close()
    except Exception as error:  # noqa: BLE001 - whatever it is, the endpoint does not work
        return cause(error)
    return None if status == endpoint.status else f"HTTP {status}"


def _start(directory: Path, endpoints: tuple[Endpoint, ...], reason: str) -> subprocess.Popen[str]:
    # A session of its own: Ctrl-C in the terminal is for the update.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "operations.availability.prober"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    order = {"endpoints": [as_output(each) for each in endpoints], "directory": str(directory), "reason": reason}
    _pipe(process.stdin).write(json.dumps(order) + "\n")
    _pipe(process.stdin).flush()
    return process


def _end(process: subprocess.Popen[str]) -> Run | None:
    try:
        printed, _ = process.communicate(timeout=END_SECONDS)  # closes its stdin, which ends it
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    try:
        return next(iter(parse_runs([json.loads(printed)])), None)
    except ValueError:
        return None


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:  # only without PIPE
        raise OperationFailedError("The prober has no standard input.")
    return pipe
