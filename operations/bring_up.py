"""`slipway up`: from whatever is there to a healthy environment, and again without harm.

It deliberately decides nothing about the environment itself: that is the Pulumi program's task.
"""

from __future__ import annotations

import importlib
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from operations import emulated_cloud, pulumi_cli
from operations.availability.watch import record_spent, recorded_endpoints, refuse_without_budget, watching
from operations.exit_code import ExitCode
from operations.policy_pack import policy_arguments
from operations.preflight.before_up import refuse_unready_hosts
from operations.preflight.moved_hosts import refuse_moved_hosts
from operations.preparation import advice, prepare, unlocked_state
from operations.project import find_project
from operations.repair import forget_dead, repair
from operations.replacement import urns_to_replace
from operations.session import Session, open_session

if TYPE_CHECKING:
    from rich.console import Console

    from operations.availability.record import Budget, Run
    from operations.health.report import HealthReport
    from operations.project import Project
    from operations.stack_state import StackState
    from stacks.settings import Settings


@dataclass(frozen=True)
class UpOptions:
    """What the user asked for."""

    refresh: bool | None = None
    """True: ask every provider about every resource first. None: only look for what is gone. False: trust the state."""
    preview: bool = False
    offline: bool = False
    health_wait_seconds: float = 180.0
    as_json: bool = False
    spend_budget: bool = False
    """Begin although the error budget is gone."""
    replace: tuple[str, ...] = ()
    """Machines or pools of workers to make anew, one machine after the other."""


@dataclass(frozen=True)
class UpResult:
    """What came of it; `health` is missing when Pulumi failed, `run` when there was nothing to probe yet."""

    exit_code: int
    seconds: float
    health: HealthReport | None = None
    run: Run | None = None
    """What users noticed."""
    budget: Budget | None = None
    """The error budget with this run in it."""


def bring_up(environment: str, options: UpOptions, console: Console) -> UpResult:
    """Set the machine up, run Pulumi, check health.

    Raises:
        OperationFailedError: It cannot begin.
        ToolchainError: The set-up failed.
        stacks.settings.SettingsError: The environment's file has mistakes.
    """
    started = time.monotonic()
    project = find_project()
    settings = _checked_settings(project, environment)
    if settings.hosts:
        # Before the set-up, which may take minutes that are lost on a host that is down.
        refuse_unready_hosts(environment)
    _set_up(console, offline=options.offline, optional=(*settings.optional_images, *settings.optional_tools))
    emulated_cloud.bring(environment, settings, console)
    session = open_session(environment, project=project)
    prepare(session)
    state = unlocked_state(session, console)
    refuse_moved_hosts(environment, settings, state.outputs if state else {})
    endpoints = recorded_endpoints(state.outputs) if state else ()
    budget = record_spent(session, settings.slo.objective)
    if not options.spend_budget:
        refuse_without_budget(environment, budget, endpoints)
    replaced = urns_to_replace(state, options.replace, environment)
    reason = f"up --replace {' '.join(options.replace)}" if replaced else "up"
    with watching(session, endpoints, reason) as watch:
        pulumi = partial(_pulumi, session, options)
        state = repair(session, state, console, pulumi, look_for_losses=options.refresh is None)
        if state and settings.hosts:
            forget_dead(state, settings, console, pulumi)
        settled = _taken_back(session, state, settings, console)
        code, health = _change(session, replaced, options, console, watched=settings.drift.watch, settled=settled)
    return UpResult(code, time.monotonic() - started, health, watch.run, record_spent(session, settings.slo.objective))


def _change(
    session: Session, replaced: tuple[str, ...], options: UpOptions, console: Console, *, watched: bool, settled: bool
) -> tuple[int, HealthReport | None]:
    """Update, or update once for each machine to replace: the next one goes only when all is well with the last."""
    health = None
    for arguments in [[f"--replace={urn}"] for urn in replaced] or [[]]:
        session.unfinished_file.touch()
        code = _update(session, options, *arguments)
        if code != ExitCode.OK:
            _advise(session, console)
            return code, None
        if settled:
            session.unfinished_file.unlink()
        if watched:
            _publish(session, console)
        health = _health(session, console, options.health_wait_seconds)
        if not health.healthy:
            return ExitCode.ERROR, health
    return ExitCode.OK, health


def _checked_settings(project: Project, environment: str) -> Settings:
    """Report all mistakes of the file before anything happens."""
    from stacks import settings  # noqa: PLC0415 - keeps `--help` quick

    return settings.load_file(project.stack_file(environment))


def _set_up(console: Console, *, offline: bool, optional: tuple[str, ...]) -> None:
    from toolchain import setup  # noqa: PLC0415 - keeps `--help` quick

    setup.run(offline=offline, console=console, optional=optional)


def _update(session: Session, options: UpOptions, *more: str) -> int:
    # Outputs are for programs, hundreds of lines of them; the summary tells people what they need.
    arguments = ["--yes", "--suppress-outputs", *more]
    if options.preview:
        arguments += policy_arguments(session.project)  # what breaks a mandatory rule ends before anything is changed
    else:
        # The preview would run the program a second time only to be approved by --yes.
        arguments.append("--skip-preview")
    if options.refresh:
        arguments.append("--refresh")
    return _pulumi(session, options, "up", *arguments)


def _advise(session: Session, console: Console) -> None:
    if said := advice(session):
        console.print(said, markup=False)


def _pulumi(session: Session, options: UpOptions, command: str, *arguments: str) -> int:
    output = sys.stderr if options.as_json else None
    arguments = ("--stack", session.environment, *arguments)
    return pulumi_cli.run(session, command, *arguments, output=output, meanwhile=_load_health)


def _load_health() -> None:
    """Load what health will need, with the libraries that its probes load when they are first used."""
    for module in ("operations.health.check", "asyncssh", "dns.asyncquery"):
        importlib.import_module(module)


def _taken_back(session: Session, state: StackState | None, settings: Settings, console: Console) -> bool:
    """Settle what the last run left where it did not come to its end; return whether nothing of it is left."""
    if state is None or not state.outputs or not session.unfinished_file.exists():
        return True
    from operations.interrupted_leaves import take_back  # noqa: PLC0415 - after an interrupted update alone

    return take_back(session, state, settings.worker_names, console)


def _publish(session: Session, console: Console) -> None:
    from operations.drift.watch.publish import publish  # noqa: PLC0415 - for environments with a watch alone

    publish(session, console)


def _health(session: Session, console: Console, wait_seconds: float) -> HealthReport:
    from operations.health.check import check  # noqa: PLC0415 - loaded while Pulumi ran

    return check(session, console, wait_seconds=wait_seconds)
