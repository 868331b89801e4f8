"""One drift run: all layers at the same time, ignore entries applied, compared with the run before.

It deliberately goes on with the other layers when one cannot be looked at: that is said, and the rest is still told.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.container_engine import connect
from operations.display import working
from operations.drift.assembly import Found, assemble
from operations.drift.cloud.layer import WHAT, Cloud
from operations.drift.finding import LAYERS, DriftReport, Finding, Unchecked
from operations.drift.hosts import layer as hosts
from operations.drift.kubernetes import layer as kubernetes
from operations.drift.machines import engine_history
from operations.drift.machines import layer as machines
from operations.drift.recorded import RecordedState, read_recorded
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from rich.console import Console

    from operations.drift.ignore import IgnoreList
    from operations.session import Session

TIMEOUT_SECONDS = 30.0
EVERYTHING = "everything"


def find_drift(
    session: Session, console: Console, ignore: IgnoreList, before: DriftReport | None, layers: Sequence[str] = LAYERS
) -> DriftReport:
    """Compare recorded and actual.

    Args:
        session: The environment.
        console: Where progress goes.
        ignore: What is known and left as it is for a while.
        before: The run before, for what is new; nothing is known of it when None.
        layers: Those to look at.

    Raises:
        OperationFailedError: Nothing is recorded, or the state cannot be read.
    """
    started, began = time.monotonic(), datetime.now(UTC)
    state = read_recorded(session)
    with working(console, f"Comparing '{session.environment}' with what is recorded: {', '.join(layers)}"):
        found = asyncio.run(look(session, state, layers, before))
    return assemble(
        session.environment,
        layers,
        Found(
            [_redacted(one, state) for one in found.findings],
            [_redacted_unchecked(one, state) for one in found.unchecked],
            found.objects,
        ),
        ignore=ignore,
        before=before,
        began=began,
        seconds=round(time.monotonic() - started, 2),
    )


async def look(
    session: Session, state: RecordedState, layers: Sequence[str], before: DriftReport | None = None
) -> Found:
    """Look at all layers at the same time; machines first, since a stopped one explains much of the others."""
    found, events, down = Found([], []), [], set()
    cloud = Cloud.of(session, state)
    if {"machines", "hosts"} & {*layers}:
        try:
            engine = connect()
            below, count = await asyncio.to_thread(machines.read, engine, state, session.environment)
            events, down = await asyncio.to_thread(engine_history.read_events, engine), _down(below, state)
        except Exception as error:  # noqa: BLE001 - one layer must not hide the others
            found.unchecked.append(_unchecked("machines", error))
        else:
            if "machines" in layers:
                found.findings += below
                found.objects += count
        try:
            down |= await asyncio.to_thread(cloud.stopped) if cloud else set()
        except Exception as error:  # noqa: BLE001 - as above
            found.unchecked.append(_unchecked("machines", error, WHAT))
            cloud = None  # the long look would wait for the same answer
    for result in await asyncio.gather(*_parts(state, cloud, layers, (events, down, before))):
        found.findings += result.findings
        found.unchecked += result.unchecked
        found.objects += result.objects
    return found


def _parts(
    state: RecordedState,
    cloud: Cloud | None,
    layers: Sequence[str],
    known: tuple[list[dict[str, Any]], set[str], DriftReport | None],
) -> Iterator[Coroutine[None, None, Found]]:
    events, down, before = known
    if cloud and "machines" in layers:
        yield _alone("machines", lambda: cloud.read(before), WHAT)
    if "hosts" in layers:
        yield _alone("hosts", lambda: _hosts(state, Outputs.model_validate(state.outputs), events, down))
    if "kubernetes" in layers:
        yield _alone("kubernetes", lambda: _kubernetes(state, Outputs.model_validate(state.outputs), down, before))


async def _alone(layer: str, look: Callable[[], Coroutine[None, None, Found]], what: str = EVERYTHING) -> Found:
    """Look at one layer; what keeps it from being looked at hides no other."""
    try:
        return await look()
    except Exception as error:  # noqa: BLE001 - one layer must not hide the others
        return Found([], [_unchecked(layer, error, what)])


async def _hosts(state: RecordedState, outputs: Outputs, events: list[dict[str, Any]], down: set[str]) -> Found:
    return Found(*await hosts.read(state, outputs.nodes, outputs.ssh.private_key, events, down))


async def _kubernetes(state: RecordedState, outputs: Outputs, down: set[str], before: DriftReport | None) -> Found:
    api = KubernetesApi(parse_kubeconfig(outputs.kubeconfig), timeout_seconds=TIMEOUT_SECONDS)
    async with api.client() as http:
        compared = await kubernetes.read(state, http)
    planes = [machine for machine in outputs.nodes if "control-plane" in machine.roles and machine.name not in down]
    findings, unchecked = await kubernetes.with_authors(compared, planes, outputs.ssh.private_key, before)
    return Found(findings, unchecked, len(compared.cluster.objects))


def _down(findings: list[Finding], state: RecordedState) -> set[str]:
    """Return the names of machines that do not run."""
    urns = {
        finding.urn
        for finding in findings
        if (finding.property == "state" and finding.now != "running") or (finding.property == "object" and finding.urn)
    }
    return {
        str(item.inputs.get("hostname")) for item in state.resources if item.urn in urns and item.inputs.get("hostname")
    }


def _unchecked(layer: str, error: BaseException, what: str = EVERYTHING) -> Unchecked:
    why = " ".join(str(error).split()) or type(error).__name__
    return Unchecked(layer=layer, what=what, why=why)


def _redacted(finding: Finding, state: RecordedState) -> Finding:
    hide = state.redaction
    return finding.model_copy(
        update={"was": hide(finding.was), "now": hide(finding.now), "property": hide(finding.property)}
    )


def _redacted_unchecked(one: Unchecked, state: RecordedState) -> Unchecked:
    return one.model_copy(update={"why": state.redaction(one.why)})
