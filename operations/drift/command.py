"""What `slipway drift` does, in order: read the ignore list, compare, keep, tell, put back or advise.

It deliberately keeps the report before it tells anybody: a webhook that hangs must not lose it.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from operations.display import print_json
from operations.drift import adopt, history, ignore_file, metrics, report_page, report_table, revert, webhook
from operations.drift.finding import LAYERS
from operations.drift.recorded import read_recorded
from operations.drift.run import find_drift
from operations.drift.timer import write_units
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.preparation import prepare
from operations.session import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from operations.drift.finding import DriftReport
    from operations.drift.ignore import IgnoreList
    from operations.session import Session


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    layers: tuple[str, ...] = ()
    html: Path | None = None
    metrics: Path | None = None
    adopt: bool = False
    revert: bool = False
    delete_unrecorded: bool = False
    yes: bool = False
    timer: Path | None = None
    as_json: bool = False


def run(environment: str, wanted: Wanted, console: Console) -> int:
    """Run the command and return its exit code.

    Raises:
        OperationFailedError: It cannot begin.
    """
    _check(wanted)
    url = webhook.webhook_address(os.environ)
    session = open_session(environment)
    if wanted.timer:
        session.project.stack_file(environment)  # an environment that is not there is an error now, not each hour
        console.print(write_units(session, wanted.timer, getpass.getuser(), wanted.metrics), markup=False)
        return ExitCode.OK
    ignored = ignore_file.read_ignore_list(session.project.stack_directory / ignore_file.NAME)
    prepare(session)
    report = _compared(session, console, wanted, ignored)
    if url and (trouble := webhook.tell(url, report)):
        console.print(trouble, style="bold yellow", markup=False)
    code: int = ExitCode.OK
    if wanted.revert and report.findings:
        _show(report, console, wanted, final=False)
        revert.confirm(report, yes=wanted.yes, delete_unrecorded=wanted.delete_unrecorded)
        code = revert.revert(session, report, console, delete_unrecorded=wanted.delete_unrecorded)
        if code == ExitCode.CANCELLED:
            console.print(f"Put back in part. Go on with: slipway drift {environment} --revert", markup=False)
            return code
        _record_for_the_watch(session, console)
        report = _compared(session, console, wanted, ignored)
    _show(report, console, wanted, final=True)
    if wanted.adopt:
        _advise(session, report, console)
    return code or exit_code(report)


def _record_for_the_watch(session: Session, console: Console) -> None:
    """What was made anew is recorded as that."""
    from stacks import settings  # noqa: PLC0415 - after a revert alone

    if settings.load_file(session.project.stack_file(session.environment)).drift.watch:
        from operations.drift.watch.publish import publish  # noqa: PLC0415 - for environments with a watch alone

        publish(session, console)


def _show(report: DriftReport, console: Console, wanted: Wanted, *, final: bool) -> None:
    if not wanted.as_json:
        report_table.show(report, console)
    elif final:
        print_json(report.model_dump_json(by_alias=True, indent=2))


def _advise(session: Session, report: DriftReport, console: Console) -> None:
    document = yaml.safe_load(session.project.stack_file(session.environment).read_text(encoding="utf-8"))
    settings = {key.removeprefix("slipway:"): value for key, value in (document.get("config") or {}).items()}
    state = read_recorded(session)
    for text in adopt.advice(report.findings, state, settings, session.project.root, session.environment):
        console.print(state.redaction(text), markup=False)


def _compared(session: Session, console: Console, wanted: Wanted, ignored: IgnoreList) -> DriftReport:
    layers = tuple(layer for layer in LAYERS if layer in (wanted.layers or LAYERS))
    report = find_drift(session, console, ignored, history.latest(session), layers)
    history.keep(session, report)
    if wanted.html:
        history.write_whole(wanted.html, report_page.page(report))
    if wanted.metrics:
        # Read by a collector that runs as somebody else; it holds counts only.
        history.write_whole(wanted.metrics, metrics.metrics_text(report), mode=0o644)
    return report


def exit_code(report: DriftReport) -> int:
    """Return 7 for drift, 1 when something could not be looked at, else 0."""
    if report.findings:
        return ExitCode.CHANGES_NOT_EXPECTED
    return ExitCode.ERROR if report.unchecked else ExitCode.OK


def _check(wanted: Wanted) -> None:
    unknown = [layer for layer in wanted.layers if layer not in LAYERS]
    if unknown:
        raise OperationFailedError(
            f"--layer {unknown[0]}: expected one of {', '.join(LAYERS)}.", ExitCode.CONFIGURATION
        )
    for path in (wanted.html, wanted.metrics):
        if path and not path.parent.is_dir():
            raise OperationFailedError(
                f"{path} cannot be written: there is no directory {path.parent}. Make it, or name another file.",
                ExitCode.CONFIGURATION,
            )
    if wanted.delete_unrecorded and not wanted.revert:
        raise OperationFailedError("--delete-unrecorded goes with --revert.", ExitCode.CONFIGURATION)
