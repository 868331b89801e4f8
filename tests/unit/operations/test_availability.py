"""What users notice of an update: counted as an independent log counts it, kept through crashes, held to a budget."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from operations.availability import prober, watch
from operations.availability.endpoint import Endpoint, as_output, from_output
from operations.availability.files import HistoryFiles
from operations.availability.lane import Lane
from operations.availability.record import Run, budget, parse_runs
from operations.availability.tally import Sample, Tally, percentile, united
from operations.availability.words import budget_line, run_line
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

from .flaky_server import FlakyServer
from .servers import NAME, Authority, free_port, make_authority

if TYPE_CHECKING:
    from pathlib import Path

    from operations.session import Session


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def server(authority: Authority) -> FlakyServer:
    return FlakyServer(authority, free_port())


@pytest.fixture
def endpoint(server: FlakyServer, authority: Authority) -> Endpoint:
    return Endpoint("page", f"https://{NAME}:8443/", f"127.0.0.1:{server._port}", NAME, authority.ca_pem)


def _lane(endpoint: Endpoint, **changes: Any) -> Lane:  # noqa: ANN401 - fields of a lane
    fields = {"period_seconds": 0.02, "keeps_connections": True, "timeout_seconds": 20.0, **changes}
    return Lane(endpoint, watch.trust(endpoint), **fields)


async def _measure(lane: Lane, *script: tuple[str, float], server: FlakyServer) -> Run:
    """Let a lane run while the server goes through modes, each for some seconds."""
    stop, tally = asyncio.Event(), Tally([lane.endpoint.name])
    began = asyncio.get_running_loop().time()
    task = asyncio.create_task(lane.run(began, stop, tally))
    for mode, seconds in script:
        server.mode = mode
        await asyncio.sleep(seconds)
    stop.set()
    await task
    return _run(tally.summary(datetime.now(UTC)))


def _run(summary: dict[str, Any], **changes: Any) -> Run:  # noqa: ANN401 - keys of a record
    named = {"id": "a", "reason": "up", "startedAt": datetime.now(UTC).isoformat(), "seconds": 1.0, "complete": True}
    return Run.model_validate({**named, **summary, **changes})


@pytest.mark.parametrize("keeps_connections", [True, False])
async def test_counts_agree_with_the_log_of_the_other_side(
    endpoint: Endpoint, server: FlakyServer, *, keeps_connections: bool
) -> None:
    lane = _lane(endpoint, keeps_connections=keeps_connections)
    with server.listening():
        run = await _measure(lane, ("answers", 1.0), ("unavailable", 0.5), ("answers", 1.0), server=server)
    assert run.requests == len(server.log)
    assert run.causes == {"HTTP 503": server.log.count(503)}
    # How many fewer depends on the machine: a busy one lets answers overlap, each of which takes a connection.
    assert server.connections < run.requests if keeps_connections else server.connections == run.requests
    assert run.spent_seconds == pytest.approx(run.failures * 0.02, abs=0.002)


async def test_rate_is_kept_while_nothing_answers(endpoint: Endpoint, server: FlakyServer) -> None:
    lane = _lane(endpoint, period_seconds=0.05, timeout_seconds=0.5)
    with server.listening():
        run = await _measure(lane, ("answers", 0.5), ("hangs", 1.0), ("answers", 1.0), server=server)
    # 50 were due in 2.5 s, more on a busy machine. A client that waits for each answer before it asks again would
    # have sent 32 of them, and 2 while nothing answered.
    assert run.requests > 40
    assert run.causes["timeout"] > 10
    assert run.longest_gap_seconds > 0.75


async def test_latency_counts_from_the_moment_a_request_was_due(endpoint: Endpoint, server: FlakyServer) -> None:
    lane = _lane(endpoint, period_seconds=0.1)
    stop, tally = asyncio.Event(), Tally([endpoint.name])
    with server.listening():
        task = asyncio.create_task(lane.run(asyncio.get_running_loop().time(), stop, tally))
        await asyncio.sleep(0.25)
        time.sleep(0.5)  # noqa: ASYNC251 - the client itself stands still, as on a busy machine
        await asyncio.sleep(0.2)
        stop.set()
        await task
    run = _run(tally.summary(datetime.now(UTC)))
    assert run.p99_ms is not None
    assert run.p99_ms > 350
    assert run.latest_start_ms > 350


async def test_every_cause_has_its_name(endpoint: Endpoint, server: FlakyServer, authority: Authority) -> None:
    async def only_cause(of: Endpoint, mode: str) -> set[str]:
        return set((await _measure(_lane(of), (mode, 0.1), server=server)).causes)

    assert await only_cause(endpoint, "answers") == {"refused"}
    with server.listening():
        assert await only_cause(endpoint, "cuts") == {"closed"}
        other_name = Endpoint("page", endpoint.url, endpoint.address, "other.localhost", authority.ca_pem)
        assert await only_cause(other_name, "answers") == {"certificate"}


async def test_a_kept_connection_closed_between_requests_is_no_failure(endpoint: Endpoint, server: FlakyServer) -> None:
    with server.listening():
        run = await _measure(_lane(endpoint), ("answers", 0.2), ("closes", 0.2), ("answers", 0.2), server=server)
    assert run.failures == 0
    assert run.requests == len(server.log)


async def test_a_kept_connection_cut_under_a_request_is_asked_again_once(
    endpoint: Endpoint, server: FlakyServer
) -> None:
    with server.listening():
        run = await _measure(_lane(endpoint), ("answers", 0.2), ("cuts", 0.2), server=server)
    # Whoever found a kept connection closed asked again on a new one, which was closed as well: that is a failure.
    assert any(server.cut), "no kept connection was cut, so nothing was asked again"
    assert run.causes == {"closed": server.cut.count(0)}


def test_outages_of_all_endpoints_are_united() -> None:
    tally = Tally(["a", "b"])
    for name, due, failure in (("a", 0.0, "x"), ("a", 0.2, "x"), ("b", 0.3, "x"), ("a", 5.0, "x"), ("b", 6.0, None)):
        tally.add(Sample(name, due, 0.2, 0.001, failure))
    run = _run(tally.summary(datetime.now(UTC)))
    assert run.spent_seconds == 0.7
    assert run.longest_gap_seconds == 0.5
    assert [outage.seconds for outage in run.outages] == [0.5, 0.2]
    assert {each.name: each.longest_gap_seconds for each in run.endpoints} == {"a": 0.4, "b": 0.2}


def test_percentiles_are_exact() -> None:
    assert percentile([], 99) is None
    assert percentile([1.0], 99) == 1.0
    assert percentile(list(range(1, 101)), 50) == 50
    assert percentile(list(range(1, 101)), 99) == 99
    assert united([(1, 2), (0, 1), (3, 4)]) == [(0, 2), (3, 4)]


def test_the_prober_adds_to_the_history_also_when_its_parent_is_killed(
    endpoint: Endpoint, server: FlakyServer, tmp_path: Path
) -> None:
    with server.listening():
        process = _start_prober(endpoint, tmp_path)
        _wait_for_answers(server, 5)
        assert process.stdin is not None
        process.stdin.close()  # what the kernel does when the parent dies
        assert process.wait(timeout=20) == 0
    (run,) = parse_runs(HistoryFiles(tmp_path).read())
    assert run.complete
    assert run.failures == 0
    assert run.requests == len(server.log)


def test_a_killed_prober_loses_no_more_than_the_time_since_its_checkpoint(
    endpoint: Endpoint, server: FlakyServer, tmp_path: Path
) -> None:
    with server.listening():
        process = _start_prober(endpoint, tmp_path)
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("running.*.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert parse_runs(HistoryFiles(tmp_path).read()) == []  # it runs: its checkpoint is not taken from it
        process.send_signal(signal.SIGKILL)
        process.wait()
    (run,) = parse_runs(HistoryFiles(tmp_path).read())
    assert not run.complete
    assert run.requests >= prober.CHECKPOINT_SECONDS / prober.KEPT_PERIOD_SECONDS
    assert len(HistoryFiles(tmp_path).read()) == 1
    assert not list(tmp_path.glob("running.*"))


def test_an_interrupt_at_the_terminal_does_not_end_the_prober(
    endpoint: Endpoint, server: FlakyServer, tmp_path: Path
) -> None:
    with server.listening():
        process = _start_prober(endpoint, tmp_path)
        _wait_for_answers(server, 1)
        process.send_signal(signal.SIGINT)
        answered = len(server.log)
        _wait_for_answers(server, answered + 3)
        printed, _ = process.communicate(timeout=20)
    assert json.loads(printed)["complete"] is True


def test_watching_measures_the_block(endpoint: Endpoint, server: FlakyServer, session: Session) -> None:
    with server.listening(), watch.watching(session, (endpoint,), "up") as watched:
        _wait_for_answers(server, 8)
    assert watched.run is not None
    assert watched.run.reason == "up"
    assert watch.runs_of(session) == [watched.run]
    assert "none failed" in run_line(watched.run)


def test_without_endpoints_nothing_is_probed(session: Session) -> None:
    with watch.watching(session, (), "up") as watched:
        pass
    assert watched.run is None
    assert not session.availability_directory.exists()


def test_endpoints_come_from_the_outputs_of_the_last_update(endpoint: Endpoint) -> None:
    assert from_output(as_output(endpoint)) == endpoint
    assert watch.recorded_endpoints({"slo": {"endpoints": [as_output(endpoint)]}}) == (endpoint,)
    for outputs in ({}, {"slo": None}, {"slo": {"endpoints": [{"name": "page"}]}}):
        assert watch.recorded_endpoints(outputs) == ()


def test_four_nines_of_a_month_are_4_38_minutes() -> None:
    assert budget(99.99, []).budget_seconds / 60 == pytest.approx(4.38, abs=0.005)


def test_what_was_spent_comes_back_after_a_month() -> None:
    now = datetime.now(UTC)
    runs = [_spent(100, now - timedelta(days=31)), _spent(30, now - timedelta(days=30)), _spent(12, now)]
    found = budget(99.99, runs, now=now)
    assert found.spent_seconds == 42
    assert found.as_output()["leftSeconds"] == 221.0
    assert not found.exhausted
    assert budget(99.99, [*runs, _spent(230, now)], now=now).exhausted
    assert "221.0 of 263.0 s left this month (84 %)" in budget_line(found)


def test_up_refuses_without_a_budget_unless_there_is_something_to_mend(endpoint: Endpoint, server: FlakyServer) -> None:
    gone, left = (budget(99.99, [_spent(seconds, datetime.now(UTC))]) for seconds in (300, 3))
    watch.refuse_without_budget("try", gone, (endpoint,))  # nothing answers: an update can only help
    with server.listening():
        watch.refuse_without_budget("try", left, (endpoint,))
        watch.refuse_without_budget("try", gone, ())  # a first update puts nobody at risk
        with pytest.raises(OperationFailedError, match="300 s were spent") as refused:
            watch.refuse_without_budget("try", gone, (endpoint,))
    assert refused.value.code == ExitCode.CONFIGURATION
    assert "slipway up try --spend-budget" in str(refused.value)


def test_the_spent_budget_is_left_for_the_program(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from stacks import slo  # noqa: PLC0415 - the other side of the file

    monkeypatch.delenv(slo.SPENT_FILE, raising=False)
    assert slo.output(99.99, [])["leftSeconds"] is None
    HistoryFiles(session.availability_directory).finish(
        json.loads(_spent(63, datetime.now(UTC)).model_dump_json(by_alias=True))
    )
    found = watch.record_spent(session, 99.99)
    monkeypatch.setenv(slo.SPENT_FILE, session.variables[slo.SPENT_FILE])
    exported = slo.output(99.99, [])
    assert {key: exported[key] for key in found.as_output()} == found.as_output()
    assert exported["leftSeconds"] == 200.0


def _spent(seconds: float, ended_at: datetime) -> Run:
    tally = Tally(["a"])
    tally.add(Sample("a", 0, seconds, 0.1, "timeout"))
    return _run(tally.summary(ended_at), startedAt=ended_at.isoformat(), seconds=0.0)


def _start_prober(endpoint: Endpoint, directory: Path) -> subprocess.Popen[str]:
    order = {"endpoints": [as_output(endpoint)], "directory": str(directory), "reason": "up"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "operations.availability.prober"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return process


def _wait_for_answers(server: FlakyServer, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(server.log) < count:
        assert time.monotonic() < deadline, f"{len(server.log)} answers only"
        time.sleep(0.02)
