"""The hosts layer: check runs of everything recorded, a look at each host, and who did it.

It deliberately leaves out hosts whose machine is gone or stopped: the machines layer tells that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.drift.finding import Author, Finding, Unchecked
from operations.drift.hosts import changes, evidence, sessions
from operations.drift.hosts.check_runs import Outcome, check_runs, run_all
from operations.drift.machines import engine_history

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from operations.drift.recorded import RecordedState

LAYER = changes.LAYER
PARALLEL_RUNS = 3
TIMEOUT_SECONDS = 300.0
CONTAINER = "docker:index/container:Container"
SAME_MOMENT_SECONDS = 2.0


async def read(
    state: RecordedState,
    machines: Sequence[Any],
    private_key: str,
    events: Sequence[dict[str, Any]],
    down: Collection[str],
) -> tuple[list[Finding], list[Unchecked], int]:
    """Compare every host with what is recorded of it.

    Args:
        state: What is recorded.
        machines: The machines, in the shape of the output `nodes`.
        private_key: To log in with.
        events: What the container engine remembers, for machines that are containers.
        down: Names of machines that are known not to run.
    """
    outcomes = await run_all(check_runs(state, TIMEOUT_SECONDS), PARALLEL_RUNS)
    found, unchecked = gathered(outcomes, down)
    up = [machine for machine in machines if machine.name not in down]
    answers = await evidence.ask_all(up, private_key, found)
    public_key = _public_key(private_key)
    for machine in up:
        answer = answers[machine.name]
        if isinstance(answer, BaseException):
            why = " ".join(str(answer).split()) or type(answer).__name__
            unchecked.append(Unchecked(layer=LAYER, what=machine.name, why=why))
            continue
        known = {(one.resource, one.property) for one in found}
        more = evidence.more_findings(machine.name, machine.user, public_key, answer)
        found += [one for one in more if (one.resource, one.property) not in known]
    found = [signed(one, answers.get(one.resource), state, events) for one in found]
    return found, _once(unchecked), len(machines)


def gathered(outcomes: Sequence[Outcome], down: Collection[str]) -> tuple[list[Finding], list[Unchecked]]:
    """Turn outcomes into findings, and into what could not be looked at; pure."""
    found: dict[tuple[str, str], Finding] = {}
    unchecked = []
    for outcome in outcomes:
        for change in outcome.changes:
            for finding in changes.findings(change, outcome.run.urns[change["host"]]):
                found.setdefault((finding.resource, finding.property), finding)
        for failure in outcome.failures:
            why = f"{failure['task']}: {failure['message']}"
            unchecked.append(Unchecked(layer=LAYER, what=f"{failure['host']} ({outcome.run.playbook})", why=why))
        for host, why in outcome.unreachable.items():
            if host not in down:
                unchecked.append(Unchecked(layer=LAYER, what=host, why=f"cannot be reached over SSH: {why}"))
        if outcome.problem:
            what = f"{', '.join(outcome.run.machines)} ({outcome.run.playbook})"
            unchecked.append(Unchecked(layer=LAYER, what=what, why=outcome.problem))
    return list(found.values()), unchecked


def signed(finding: Finding, answer: Any, state: RecordedState, events: Sequence[dict[str, Any]]) -> Finding:  # noqa: ANN401
    """Return a finding with its author; pure.

    Args:
        finding: What was found on a host.
        answer: What the host says, or what kept it from answering.
        state: What is recorded.
        events: What the container engine remembers.
    """
    if answer is None or isinstance(answer, BaseException):
        return finding
    about, journal = evidence.subject(finding, answer), answer["journal"]
    runs = _runs_in(finding.resource, state, events)
    # What names the thing comes before what merely happened at the time.
    author = (
        evidence.package_author(finding, answer, about)
        or sessions.naming_author(about, journal)
        or _by_engine([run for run in runs if any(word and word in run["Action"] for word in about.words)])
        or sessions.likely_author(about, journal)
        or _by_engine([run for run in runs if about.at and abs(run["time"] - about.at) <= SAME_MOMENT_SECONDS])
    )
    return finding.model_copy(update={"author": author})


def _runs_in(host: str, state: RecordedState, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the commands that were run in a machine through the container engine."""
    container = next((item.id for item in state.of_type(CONTAINER) if item.inputs.get("hostname") == host), None)
    return [
        event
        for event in events
        if str(event.get("Action", "")).startswith("exec_create") and event.get("Actor", {}).get("ID") == container
    ]


def _by_engine(runs: list[dict[str, Any]]) -> Author | None:
    """Name who may use the container engine."""
    return engine_history.by_exec(runs[-1]) if runs else None


def _public_key(private_key: str) -> str:
    import asyncssh  # noqa: PLC0415 - takes half a second to import

    return asyncssh.import_private_key(private_key).export_public_key().decode()


def _once(unchecked: list[Unchecked]) -> list[Unchecked]:
    return list(dict.fromkeys(unchecked))
