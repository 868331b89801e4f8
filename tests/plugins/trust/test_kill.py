"""kill -9 of a plugin or the CLI at any moment: the next run finishes, nothing is doubled, nothing is lost.

The state is never edited by hand. What comes between the kill and the next run is in turn what ``slipway up`` does by
itself (it removes the lock of a run that is gone, half-made objects of the engine and pending creations), and what a
user of plain Pulumi must type: ``pulumi cancel``, as the CLI cannot remove the lock of its own file backend when it is
killed.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

from operations.interrupted import recover
from operations.project import Project
from operations.session import Session
from operations.stack_lock import clear_stale_lock, locks
from operations.stack_state import read_state
from tests.plugins.kubernetes.control_plane import find_tool
from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust import twenty
from tests.plugins.trust.killed_world import KilledWorld
from tests.plugins.trust.killing import CLI, UP, VICTIMS, Update
from tests.plugins.trust.trust_engine import TrustEngine, trust_engine
from toolchain.engine.install import launchers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.plugins.kubernetes.control_plane import ControlPlane

POINTS = int(os.environ.get("SLIPWAY_KILL_POINTS", "4"))
SEED = int(os.environ.get("SLIPWAY_KILL_SEED") or random.SystemRandom().randrange(10**6))
NAME = "slipway-killed"
# A run of hundreds of commands on a machine that does other things as well.
SECONDS_A_POINT = 60


@pytest.fixture
def in_engine(api: docker.APIClient, busybox: Path) -> Iterator[TrustEngine]:
    yield from trust_engine(api, busybox, NAME)


@pytest.fixture
def world(control_plane: ControlPlane, in_engine: TrustEngine, namespace: str, tmp_path: Path) -> KilledWorld:
    stack = Stack(tmp_path, control_plane.kubeconfig(), "trust", NAME)
    twenty.write_context(tmp_path, stack=NAME)
    session = Session(
        project=Project(root=tmp_path, name="trust", stack_directory=tmp_path, backend_url=None),
        environment=NAME,
        state=tmp_path,
        cli=Path(find_tool("pulumi")),
        launchers=launchers(tmp_path / "home"),
        inherited=stack.environment,
    )
    session.prepare_files()
    return KilledWorld(stack, control_plane, in_engine, namespace, session, NAME)


@pytest.mark.timeout(600 + POINTS * SECONDS_A_POINT)
def test_the_next_run_finishes_whatever_was_killed(world: KilledWorld) -> None:
    dice = random.Random(SEED)  # noqa: S311 - to be had again with the same seed
    tell(f"again with SLIPWAY_KILL_SEED={SEED} SLIPWAY_KILL_POINTS={POINTS}")
    span = undisturbed(world)
    revision = 0
    while world.counts.get("kills in time", 0) < POINTS:
        revision += 1
        victim = dice.choice((*VICTIMS, CLI))  # a plugin and the CLI are equally likely, nearly
        by_slipway = dice.random() < 0.5
        moment = dice.uniform(0, span)
        where = f"seed {SEED}, kill {revision}: {victim} after {moment:.2f} s of {span:.2f} s"
        left = killed(world, revision, victim, moment)
        had_work = next_run(world, by_slipway=by_slipway, where=where)
        world.agree(revision, where)
        assert left or not had_work, where
        if left is None and victim == CLI:  # the machine has become faster
            span *= 0.9
        world.count(f"kills of the {victim} {'in time' if left and had_work else 'too late'}")
        world.count("kills in time", int(bool(left and had_work)))
        tell(f"{where}: {left or 'nothing to kill'}; next run by {'slipway' if by_slipway else 'pulumi'}: {had_work=}")
        tell(f"  so far: {world.counted()}")
    world.stack.run("preview", "--expect-no-changes")
    world.stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    destroyed_after_kills(world, revision + 1, lambda: dice.uniform(0, span))
    if POINTS >= 50:
        unknown = world.counts["objects that the state did not know"]
        assert unknown, "no kill hit a creation under way: this run has shown nothing about those"


def destroyed_after_kills(world: KilledWorld, revision: int, moment: Callable[[], float]) -> None:
    """Kill an update and destroy all, first of what is there, then of what is made from nothing."""
    for _ in range(2):
        left = killed(world, revision, CLI, moment())
        told = recovered(world)
        world.stack.run("destroy", "--yes", "--skip-preview")
        tell(f"destroyed after a kill: {left}; {told}")
        assert world.live() == {}


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write(world: KilledWorld, revision: int) -> None:
    world.stack.write(twenty.program(revision, stack=NAME, namespace=world.namespace))


def undisturbed(world: KilledWorld) -> float:
    """Bring the stack up twice and return how long the second run lasted from its first change on."""
    write(world, 1000)
    world.stack.run(*UP)
    write(world, 0)
    update = Update(world.stack)
    update.wait_for_work()
    started = time.monotonic()
    update.wait_until_all_are_gone()
    world.agree(0, f"undisturbed:\n{update.output()}")
    return time.monotonic() - started


def killed(world: KilledWorld, revision: int, victim: str, moment: float) -> str | None:
    """Begin to bring up a revision and kill a part of it; return what is left to do, None if it had ended already."""
    write(world, revision)
    update = Update(world.stack)
    update.wait_for_work()
    time.sleep(moment)
    was_there = update.kill(victim)
    update.wait_until_all_are_gone()
    assert was_there or update.cli.returncode == 0, f"it failed before it was killed:\n{update.output()}"
    return world.take_stock() if was_there else None


def next_run(world: KilledWorld, *, by_slipway: bool, where: str) -> bool:
    """Run to the end whatever is left; return whether there was anything."""
    told: list[str] = []
    if by_slipway:
        told = recovered(world)
    elif locks(world.session):
        world.stack.run("cancel", "--yes")
    done = subprocess.run(
        world.stack.command(*UP),
        env=world.stack.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{where}: the next run failed:\n{done.stdout}"
    if by_slipway:
        assert world.pending_operations() == [], where
    return world.read_run("\n".join([*told, done.stdout]))


def recovered(world: KilledWorld) -> list[str]:
    """Do what slipway does before its next run; return what it tells."""
    told: list[str] = []
    clear_stale_lock(world.session, wait_seconds=0, tell=print)
    state = read_state(world.session)
    assert state
    recover(world.session, state, connect=docker.from_env, tell=told.append)
    return told
