"""The real Pulumi CLI on a real file backend: stacks, locks, interrupted runs, and away again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from operations import pulumi_cli
from operations.failure import OperationFailedError
from operations.interrupted import recover
from operations.preparation import create_stack, prepare, unlocked_state
from operations.repair import repair
from operations.stack_lock import clear_stale_lock, locks
from operations.stack_state import read_state
from operations.tear_down import tear_down

from .conftest import configure

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient

    from operations.session import Session

# Runs as a process of its own, as `slipway up` would, so that it can be signalled and killed.
RUNNER = """
import pickle, sys
from operations import pulumi_cli
session = pickle.loads(bytes.fromhex(sys.argv[1]))
sys.exit(pulumi_cli.run(session, "up", "--yes", "--skip-preview", "--stack", session.environment))
"""


def _no_engine() -> DockerClient:
    pytest.fail("nothing here needs a container engine")


def _up(session: Session) -> int:
    return pulumi_cli.run(session, "up", "--yes", "--skip-preview", "--stack", session.environment, output=sys.stderr)


def _run(session: Session, command: str, *arguments: str) -> int:
    return pulumi_cli.run(session, command, "--stack", session.environment, *arguments, output=sys.stderr)


def _start_up(session: Session, log: Path) -> subprocess.Popen[bytes]:
    import pickle  # noqa: PLC0415 - hands the session to our own process

    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-c", RUNNER, pickle.dumps(session).hex()],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=Path(__file__).parents[3],
        )


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


def _ready(session: Session) -> Session:
    prepare(session)
    create_stack(session)
    return session


def test_committed_file_is_never_written(real_session: Session, tmp_path: Path) -> None:
    configure(real_session, {"one": 0}, tmp_path / "journal")
    committed = real_session.project.stack_file("try")
    before = committed.read_bytes()
    _ready(real_session)
    assert _up(real_session) == 0
    prepare(real_session)
    assert _up(real_session) == 0
    assert committed.read_bytes() == before
    assert "encryptionsalt" in real_session.stack_file.read_text()
    shown = pulumi_cli.capture(real_session, "stack", "output", "--json", "--show-secrets", "--stack", "try")
    assert json.loads(shown) == {"token": "hush"}
    assert (tmp_path / "journal").read_text() == "one\n"


def test_exported_variables_are_all_that_plain_pulumi_needs(real_session: Session, tmp_path: Path) -> None:
    configure(real_session, {}, tmp_path / "journal")
    _ready(real_session)
    script = f"{real_session.export_lines()}\npulumi preview --stack try --non-interactive"
    done = subprocess.run(
        ["sh", "-c", script], cwd=real_session.project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_stack_that_does_not_exist_has_no_state(real_session: Session) -> None:
    prepare(real_session)
    assert read_state(real_session) is None


def test_other_passphrase_is_explained(real_session: Session, tmp_path: Path) -> None:
    configure(real_session, {}, tmp_path / "journal")
    _ready(real_session)
    assert _up(real_session) == 0
    stranger = replace(real_session, inherited={**real_session.inherited, "PULUMI_CONFIG_PASSPHRASE": "other"})
    with pytest.raises(OperationFailedError, match="not the one that this environment was made with"):
        pulumi_cli.capture(stranger, "stack", "output", "--show-secrets", "--stack", "try")


def test_killed_run_is_finished_by_the_next(real_session: Session, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    configure(real_session, {"slow": 5}, journal)
    _ready(real_session)
    running = _start_up(real_session, tmp_path / "log")
    _until(lambda: journal.exists() and bool(locks(real_session)))
    os.kill(locks(real_session)[0].pid, signal.SIGKILL)
    running.wait()
    told: list[str] = []
    clear_stale_lock(real_session, wait_seconds=0, tell=told.append)
    assert "killed" in told[0]
    assert locks(real_session) == []
    state = read_state(real_session)
    assert state is not None
    assert [operation.kind for operation in state.pending] == ["creating"]
    assert recover(real_session, state, connect=_no_engine, tell=told.append)
    assert _up(real_session) == 0
    after = read_state(real_session)
    assert after is not None
    assert after.pending == ()
    assert [resource.id for resource in after.resources if resource.type.startswith("pulumi-python:dynamic")] == [
        "slow"
    ]


@pytest.mark.parametrize(
    ("meanwhile", "killed_in", "kind", "mended_by"),
    [({}, "not slow", "deleting", "slow"), ({"slow": 6}, "slow takes 6", "updating", "slow takes 2")],
    ids=["deleted", "updated"],
)
def test_what_a_killed_run_had_begun_is_undone_where_all_is_to_be_as_before(  # noqa: PLR0917 - the cases
    real_session: Session, tmp_path: Path, meanwhile: dict[str, float], killed_in: str, kind: str, mended_by: str
) -> None:
    journal = tmp_path / "journal"
    before: dict[str, float] = {"slow": 2}
    configure(real_session, before, journal)
    _ready(real_session)
    assert _up(real_session) == 0
    configure(real_session, meanwhile, journal)
    prepare(real_session)
    running = _start_up(real_session, tmp_path / "log")
    _until(lambda: journal.read_text() == f"slow\n{killed_in}\n")
    os.kill(locks(real_session)[0].pid, signal.SIGKILL)
    running.wait()
    configure(real_session, before, journal)
    prepare(real_session)
    clear_stale_lock(real_session, wait_seconds=0, tell=lambda _: None)
    state = read_state(real_session)
    assert state is not None
    assert [operation.kind for operation in state.pending] == [kind]

    repair(real_session, state, Console(stderr=True), partial(_run, real_session), look_for_losses=True)
    assert _up(real_session) == 0

    assert journal.read_text() == f"slow\n{killed_in}\n{mended_by}\n"


def test_living_run_is_not_disturbed(real_session: Session, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    configure(real_session, {"slow": 4}, journal)
    _ready(real_session)
    running = _start_up(real_session, tmp_path / "log")
    _until(lambda: journal.exists() and bool(locks(real_session)))
    with pytest.raises(OperationFailedError, match=f"pid {locks(real_session)[0].pid}"):
        clear_stale_lock(real_session, wait_seconds=0, tell=lambda _: None)
    # With patience the next run simply follows it.
    assert unlocked_state(real_session, Console(quiet=True), wait_seconds=60) is not None
    assert running.wait() == 0


def test_lock_of_another_machine_is_left_to_people(real_session: Session, tmp_path: Path) -> None:
    configure(real_session, {}, tmp_path / "journal")
    _ready(real_session)
    backend = real_session.backend_directory
    assert backend is not None
    lock = backend / ".pulumi" / "locks" / "organization" / "trial" / "try" / "x.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": 1, "hostname": "elsewhere", "username": "eve", "timestamp": "2026-01-01"}))
    with pytest.raises(OperationFailedError, match="eve@elsewhere"):
        clear_stale_lock(real_session, wait_seconds=60, tell=lambda _: None)
    assert lock.exists()


def test_interrupt_lets_the_cli_finish_what_it_is_at(real_session: Session, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    configure(real_session, {"slow": 4}, journal)
    _ready(real_session)
    running = _start_up(real_session, tmp_path / "log")
    _until(lambda: journal.exists() and bool(locks(real_session)))
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=60) == 8, (tmp_path / "log").read_text()
    assert locks(real_session) == []
    state = read_state(real_session)
    assert state is not None
    assert state.pending == ()
    assert any(resource.id == "slow" for resource in state.resources)


def test_killed_slipway_does_not_leave_the_cli_running(real_session: Session, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    configure(real_session, {"slow": 2}, journal)
    _ready(real_session)
    running = _start_up(real_session, tmp_path / "log")
    _until(lambda: journal.exists() and bool(locks(real_session)))
    pid = locks(real_session)[0].pid
    running.kill()
    running.wait()
    _until(lambda: not Path(f"/proc/{pid}").exists())
    assert locks(real_session) == []


def test_destroy_leaves_nothing_and_can_be_repeated(
    real_session: Session, engine: DockerClient, engine_environment: str, tmp_path: Path
) -> None:
    committed = real_session.project.stack_directory / f"Pulumi.{engine_environment}.yaml"
    committed.write_text("config: {}\n")
    session = replace(real_session, environment=engine_environment)
    configure(session, {"one": 0}, tmp_path / "journal")
    _ready(session)
    assert _up(session) == 0
    engine.volumes.create(f"left-{engine_environment}", labels={"io.slipway.environment": engine_environment})
    console = Console(quiet=True)
    first = tear_down(session, console, force=False, as_json=True)
    assert (first.exit_code, first.had_stack) == (0, True)
    # Images that nobody uses go with any environment, also those that a killed run of something else has left.
    own = [item.name for item in first.swept if item.environment == engine_environment]
    assert own == [f"left-{engine_environment}"]
    assert {item.kind for item in first.swept if item.name not in own} <= {"image"}
    left = [path for path in session.state.rglob("*") if engine_environment in path.name]
    assert left == []
    second = tear_down(session, console, force=False, as_json=True)
    assert (second.exit_code, second.had_stack, second.swept) == (0, False, ())


def test_forced_destroy_needs_no_passphrase(
    real_session: Session, engine: DockerClient, engine_environment: str, tmp_path: Path
) -> None:
    del engine
    (real_session.project.stack_directory / f"Pulumi.{engine_environment}.yaml").write_text("config: {}\n")
    session = replace(real_session, environment=engine_environment)
    configure(session, {"one": 0}, tmp_path / "journal")
    _ready(session)
    assert _up(session) == 0
    stranger = replace(session, inherited={**session.inherited, "PULUMI_CONFIG_PASSPHRASE": "other"})
    assert tear_down(stranger, Console(quiet=True), force=True, as_json=True).exit_code == 0
    prepare(session)
    assert read_state(session) is None
