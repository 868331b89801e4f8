"""`slipway drift --revert`: puts back what was found, machines first, since hosts and cluster stand on them.

It deliberately restores only what a report names; everything else of the environment is left to `slipway up`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import httpx
import typer

from operations import pulumi_cli
from operations.container_engine import connect
from operations.drift.cloud.comparison import is_of_cloud
from operations.drift.cloud.recorded_part import dependent_on
from operations.drift.finding import Change, Finding
from operations.drift.kubernetes import comparison
from operations.drift.kubernetes import layer as kubernetes
from operations.drift.kubernetes.object_diff import is_asked_for, value_at
from operations.drift.kubernetes.restore import Removal, reapply, remove, restore_node
from operations.drift.machines.layer import is_of_engine
from operations.drift.machines.restore import restore
from operations.drift.recorded import read_recorded
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.forgotten_runs import forget_runs
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.interrupted import recover
from operations.preparation import unlocked_state
from operations.stack_state import HOST_RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from operations.drift.finding import DriftReport
    from operations.drift.kubernetes.cluster import Key
    from operations.drift.recorded import RecordedState
    from operations.session import Session

TIMEOUT_SECONDS = 30.0


def confirm(report: DriftReport, *, yes: bool, delete_unrecorded: bool) -> None:
    """Ask before anything is changed.

    Raises:
        OperationFailedError: There is no terminal to ask on.
        typer.Exit: The answer was no.
    """
    if yes:
        return
    deleted = sum(_is_whole_unrecorded(one) for one in report.findings) if delete_unrecorded else 0
    more = f", and delete {deleted} things that nobody recorded" if deleted else ""
    if not sys.stdin.isatty():
        raise OperationFailedError(
            "Putting things back needs a yes, and there is no terminal to ask on. Add --yes.", ExitCode.CONFIGURATION
        )
    if not typer.confirm(f"Put back {len(report.findings) - deleted} differences of '{report.environment}'{more}?"):
        raise typer.Exit(ExitCode.CANCELLED)


def revert(session: Session, report: DriftReport, console: Console, *, delete_unrecorded: bool) -> int:
    """Put everything back that can be; return the exit code of the Pulumi CLI.

    Raises:
        OperationFailedError: Another run is at it, the engine or the API server refused.
    """

    def tell(line: str) -> None:
        console.print(f"  {line}", markup=False)

    state_now = unlocked_state(session, console)
    if state_now is not None:
        recover(session, state_now, connect=connect, tell=tell)  # a run that was killed half way
    state = read_recorded(session)
    containers = [one for one in report.findings if is_of_engine(one)]
    if containers:
        restore(connect(), state, containers, tell=tell)
    code = _hosts_and_lost_machines(session, state, report.findings)
    inside = [one for one in report.findings if one.layer == comparison.LAYER]
    if not inside or code == ExitCode.CANCELLED:
        return code
    # Also after a host that could not be put back: the cluster may well answer, and says so if it does not.
    asyncio.run(_inside_the_cluster(state, inside, console, delete_unrecorded=delete_unrecorded))
    # Gone, or another object of the same name: the state must learn of it before an update can make it right.
    urns = sorted({one.urn for one in inside if one.urn and one.property in ("object", "metadata.uid")})
    return _update(session, urns, refresh=True) or code


def _hosts_and_lost_machines(session: Session, state: RecordedState, findings: Sequence[Finding]) -> int:
    below = [one for one in findings if one.layer == "machines" and one.urn]
    lost = {one.urn for one in below if one.property == "object"}
    # What ran on a machine that is gone must run on the new one; a refresh tells Pulumi that it is gone.
    dependents = {item.urn for item in state.state.resources if item.type == HOST_RUN and item.dependencies & lost}
    in_cloud = {item.urn for item in state.resources if is_of_cloud(item.type)}
    renewed = lost | dependents | dependent_on(lost & in_cloud, state.state.resources)
    renewed |= {one.urn for one in below} & in_cloud  # a refresh is how Pulumi learns of what it is to put back there
    if renewed and (code := _pulumi(session, "refresh", sorted(renewed))) != ExitCode.OK:
        return code
    runs = {one.urn for one in findings if one.layer == "hosts" and one.urn}
    gone = {one.resource for one in findings if one.kind == "Node" and one.property == "node"}
    runs |= {item.urn for item in state.of_type(HOST_RUN) if item.name in {f"{name}-join" for name in gone}}
    forget_runs(session, runs)
    return _update(session, sorted(renewed | runs), refresh=False)


async def _inside_the_cluster(
    state: RecordedState, findings: Sequence[Finding], console: Console, *, delete_unrecorded: bool
) -> None:
    """Look again, since a patch needs the newest version of an object, and take away what was found."""
    api = KubernetesApi(parse_kubeconfig(state.outputs["kubeconfig"]), timeout_seconds=TIMEOUT_SECONDS)
    wanted = {one.key for one in findings}

    def tell(line: str) -> None:
        console.print(f"  {line}", markup=False)

    try:
        async with api.client() as http:
            compared = await kubernetes.read(state, http)
            found = [one for one in compared.suspects if one.finding.key in wanted]
            removals = [
                Removal(one.key, one.path)
                for one in found
                if one.finding.change is Change.UNRECORDED
                and one.finding.kind != "Node"
                and (one.path or delete_unrecorded)
            ]
            removals += _defaults(state, found)
            await remove(http, compared.cluster, removals, tell=tell)
            await _nodes(http, found)
            await _reapply(http, state, compared, found, tell)
    except httpx.HTTPError as error:
        raise OperationFailedError(f"The cluster could not be put back: {' '.join(str(error).split())}") from None


def _defaults(state: RecordedState, found: list[comparison.Suspect]) -> list[Removal]:
    """Return changed values that no program asked for: an apply does not speak of them."""
    recorded = comparison.recorded_objects(state.resources)
    return [
        Removal(one.key, one.path, value_at(recorded[one.key].outputs, one.path))
        for one in found
        if one.finding.change is Change.CHANGED
        and one.path
        and one.key in recorded
        and not is_asked_for(recorded[one.key].inputs, one.path)
    ]


async def _reapply(
    http: httpx.AsyncClient,
    state: RecordedState,
    compared: comparison.Compared,
    found: list[comparison.Suspect],
    tell: Callable[[str], None],
) -> None:
    recorded = comparison.recorded_objects(state.resources)
    keys = [one.key for one in found if one.finding.change is not Change.UNRECORDED and one.path]
    for key in dict.fromkeys(keys):
        if key in recorded:
            await reapply(http, compared.cluster, key, recorded[key], tell=tell)


async def _nodes(http: httpx.AsyncClient, found: list[comparison.Suspect]) -> None:
    changed: dict[Key, list[tuple[str, Change, str]]] = {}
    for one in found:
        if one.finding.kind == "Node" and one.finding.property != "node":
            changed.setdefault(one.key, []).append((one.finding.property, one.finding.change, one.finding.was))
    for key, differences in changed.items():
        await restore_node(http, key[3], differences)


def _is_whole_unrecorded(finding: Finding) -> bool:
    return finding.layer == comparison.LAYER and finding.change is Change.UNRECORDED and finding.property == "object"


def _update(session: Session, urns: list[str], *, refresh: bool) -> int:
    if not urns:
        return ExitCode.OK
    if refresh and (code := _pulumi(session, "refresh", urns)) != ExitCode.OK:
        return code
    return _pulumi(session, "up", urns)


def _pulumi(session: Session, command: str, urns: list[str]) -> int:
    targets = [word for urn in urns for word in ("--target", urn)]
    arguments = ("--stack", session.environment, "--yes", "--skip-preview", "--suppress-outputs", *targets)
    return pulumi_cli.run(session, command, *arguments, output=sys.stderr)
