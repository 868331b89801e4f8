"""Runs that are alike share one process, and each is told what became of its own machines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.slipway.ansible.run_outcome import RunOutcome, TaskFailure
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.shared_runs import SharedRuns

if TYPE_CHECKING:
    from collections.abc import Callable

WELL = {"ok": 3, "changed": 1, "failures": 0, "unreachable": 0}
BADLY = {**WELL, "failures": 1}


class Launcher:
    """Remembers what it was asked for; the run itself has its own tests, with real SSH."""

    def __init__(self, outcome: RunOutcome | None) -> None:
        self.asked: list[RunRequest] = []
        self._outcome = outcome

    async def run(self, request: RunRequest, on_progress: Callable[[str, str], None]) -> RunOutcome:
        """Answer at once."""
        self.asked.append(request)
        on_progress(request.machines[0]["name"], "a task")
        if self._outcome is None:
            raise ResourceFailed("interrupted")
        return self._outcome


def request(*names: str, **more: Any) -> RunRequest:  # noqa: ANN401
    given = {"playbook": "prepare.yml", "directory": "/", "private_key": "key", **more}
    return RunRequest(machines=[{"name": name} for name in names], **given)


async def play(launcher: Launcher, *requests: RunRequest) -> list[Any]:
    shared = SharedRuns(launcher, window_seconds=0.01)  # type: ignore[arg-type]
    return await asyncio.gather(*(shared.run(Context(), each) for each in requests), return_exceptions=True)


def names(launcher: Launcher) -> list[list[str]]:
    return [[machine["name"] for machine in each.machines] for each in launcher.asked]


async def test_runs_that_differ_in_their_machines_alone_are_one_process() -> None:
    launcher = Launcher(RunOutcome(successful=True, stats={"a": WELL, "b": WELL}))
    first, second = await play(launcher, request("a", secret_values=["x"]), request("b", secret_values=["y"]))
    assert names(launcher) == [["a", "b"]]
    assert launcher.asked[0].secret_values == ["x", "y"]
    assert (list(first.stats), list(second.stats)) == (["a"], ["b"])
    assert first.changed == second.changed == 1


@pytest.mark.parametrize(
    "other", [{"variables": {"x": 1}}, {"playbook": "join.yml"}, {"private_key": "other"}, {"check": True}]
)
async def test_runs_that_differ_in_more_stay_apart(other: dict[str, Any]) -> None:
    launcher = Launcher(RunOutcome(successful=True))
    await play(launcher, request("a"), request("b", **other))
    assert sorted(names(launcher)) == [["a"], ["b"]]


async def test_a_machine_is_never_twice_in_one_process() -> None:
    launcher = Launcher(RunOutcome(successful=True))
    await play(launcher, request("a"), request("a"))
    assert names(launcher) == [["a"], ["a"]]


async def test_one_host_that_fails_is_no_failure_of_the_others() -> None:
    failure = TaskFailure("b", "task", "broken")
    outcome = RunOutcome(stats={"a": WELL, "b": BADLY}, failures=[failure], unreachable={"c": "no route"}, started=True)
    launcher = Launcher(outcome)
    well, failed, gone = await play(launcher, request("a"), request("b"), request("c"))
    assert launcher.asked[0].tolerate_unreachable
    assert (well.successful, well.failures, well.unreachable) == (True, [], {})
    assert (failed.successful, failed.failures, failed.unreachable) == (False, [failure], {})
    assert (gone.successful, gone.failures, gone.unreachable, gone.started) == (False, [], {"c": "no route"}, False)


async def test_a_run_without_company_is_as_it_was_asked_for() -> None:
    launcher = Launcher(RunOutcome(successful=True))
    await play(launcher, request("a"))
    assert launcher.asked == [request("a")]


async def test_a_time_limit_that_ended_all_is_told_to_all() -> None:
    launcher = Launcher(RunOutcome(timed_out=True, stats={"a": WELL}))
    first, second = await play(launcher, request("a"), request("b"))
    assert not first.successful
    assert not second.successful
    assert first.timed_out


async def test_an_interrupted_process_fails_every_member() -> None:
    outcomes = await play(Launcher(None), request("a"), request("b"))
    assert [str(outcome) for outcome in outcomes] == ["interrupted", "interrupted"]
