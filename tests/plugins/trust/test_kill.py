"""kill -9 of plugin or CLI at any moment: the next run finishes, nothing is doubled, nothing is lost.

The state is never edited by hand. What comes between the kill and the next run is in turn what ``slipway up`` does by
itself (it removes the lock of a run that is gone and drops pending creations), and what a user of plain Pulumi must
type: ``pulumi cancel``, as the CLI cannot remove the lock of its own file backend when it is killed.
"""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from operations.interrupted import recover
from operations.project import Project
from operations.session import Session
from operations.stack_lock import clear_stale_lock, locks
from operations.stack_state import read_state
from tests.plugins.kubernetes.control_plane import find_tool
from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust import twenty
from tests.plugins.trust.killing import UP, Update
from toolchain.engine.install import launchers

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.plugins.kubernetes.control_plane import ControlPlane

POINTS = int(os.environ.get("SLIPWAY_KILL_POINTS", "6"))
SEED = int(os.environ.get("SLIPWAY_KILL_SEED") or random.SystemRandom().randrange(10**6))
NAME = "killed"


@dataclass
class World:
    """The stack, what is in the cluster, and what the kills have hit so far."""

    stack: Stack
    plane: ControlPlane
    namespace: str
    session: Session
    unfinished: int = 0
    """Kills that left something to do."""
    unrecorded: int = 0
    """Objects that were in the cluster and not in the state when the next run began."""
    pending: int = 0
    seconds: list[float] = field(default_factory=list)

    def live(self) -> dict[str, dict[str, Any]]:
        """Return what is in the cluster, by uid."""
        found = {}
        for plural, kind in (("configmaps", "ConfigMap"), ("secrets", "Secret")):
            path = f"/api/v1/namespaces/{self.namespace}/{plural}?labelSelector={twenty.LABEL}={NAME}"
            for item in self.plane.request("GET", path)["items"]:
                found[item["metadata"]["uid"]] = {"kind": kind, **item}
        return found

    def recorded(self) -> dict[str, dict[str, Any]]:
        """Return what is in the state, by uid."""
        resources = self.stack.checkpoint()["checkpoint"]["latest"].get("resources") or []
        ours = [item for item in resources if item["type"].startswith("kubernetes:") and not item.get("delete")]
        return {item["outputs"]["metadata"]["uid"]: item for item in ours}

    def pending_operations(self) -> list[dict[str, Any]]:
        """Return what the state says was under way."""
        return self.stack.checkpoint()["checkpoint"]["latest"].get("pending_operations") or []


@pytest.fixture
def world(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> World:
    stack = Stack(tmp_path, control_plane.kubeconfig(), "trust", NAME)
    session = Session(
        project=Project(root=tmp_path, name="trust", stack_directory=tmp_path, backend_url=None),
        environment=NAME,
        state=tmp_path,
        cli=Path(find_tool("pulumi")),
        launchers=launchers(tmp_path / "home"),
        inherited=stack.environment,
    )
    session.prepare_files()
    return World(stack, control_plane, namespace, session)


def test_the_next_run_finishes_whatever_was_killed(world: World) -> None:
    dice = random.Random(SEED)  # noqa: S311 - to be had again with the same seed
    sys.stdout.write(f"again with SLIPWAY_KILL_SEED={SEED} SLIPWAY_KILL_POINTS={POINTS}\n")
    span = undisturbed(world)
    point = revision = 0
    while point < POINTS:
        revision += 1
        victim = dice.choice(("plugin", "CLI"))
        by_slipway = dice.random() < 0.5
        moment = dice.uniform(0, span)
        where = f"seed {SEED}, point {point + 1}: {victim} after {moment:.2f} s of {span:.2f} s"
        if killed(world, revision, victim, moment):
            point += 1
        else:  # the machine has become faster; a kill that comes too late shows nothing
            span *= 0.8
        next_run(world, by_slipway=by_slipway, where=where)
        agree(world, revision, where)
    world.stack.run("preview", "--expect-no-changes")
    world.stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    world.stack.run("destroy", "--yes", "--skip-preview")
    assert world.live() == {}
    sys.stdout.write(
        f"{world.unfinished} kills left work, {world.pending} pending creations, "
        f"{world.unrecorded} objects that the state did not know\n"
    )
    if POINTS >= 50:
        assert world.unrecorded, "no kill hit a creation under way: this run has shown nothing about those"


def write(world: World, revision: int) -> None:
    world.stack.write(twenty.program(revision, stack=NAME, namespace=world.namespace))


def undisturbed(world: World) -> float:
    """Bring the stack up twice and return how long the second run lasted from the start of its plugin on."""
    write(world, 1000)
    world.stack.run(*UP)
    write(world, 0)
    update = Update(world.stack)
    update.wait_for_plugin()
    started = time.monotonic()
    update.wait_until_all_are_gone()
    agree(world, 0, "undisturbed")
    return time.monotonic() - started


def killed(world: World, revision: int, victim: str, moment: float) -> bool:
    """Begin to bring up a revision and kill a process of it; return whether it was still at work."""
    write(world, revision)
    update = Update(world.stack)
    plugin = update.wait_for_plugin()
    time.sleep(moment)
    in_time = update.cli.poll() is None
    update.kill(plugin if victim == "plugin" else update.cli.pid)
    update.wait_until_all_are_gone()
    names = {item["urn"].rpartition("::")[2] for item in world.recorded().values()}
    world.unfinished += bool(update.cli.returncode) or {item.name for item in twenty.revision(revision)} != names
    world.pending += len(world.pending_operations())
    world.unrecorded += len(world.live().keys() - world.recorded().keys())
    return in_time


def next_run(world: World, *, by_slipway: bool, where: str) -> None:
    if by_slipway:
        clear_stale_lock(world.session, wait_seconds=0, tell=print)
        state = read_state(world.session)
        assert state
        recover(world.session, state, connect=no_engine, tell=print)
    elif locks(world.session):
        world.stack.run("cancel", "--yes")
    done = subprocess.run(
        world.stack.command(*UP),
        env=world.stack.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{where}: the next run failed:\n{done.stdout}"
    if by_slipway:
        assert world.pending_operations() == [], where


def agree(world: World, revision: int, where: str) -> None:
    """Assert that cluster, state and program say the same."""
    live, recorded = world.live(), world.recorded()
    doubled, lost = live.keys() - recorded.keys(), recorded.keys() - live.keys()
    assert not doubled, f"{where}: not in the state: {[live[uid]['metadata']['name'] for uid in doubled]}"
    assert not lost, f"{where}: not in the cluster: {[recorded[uid]['urn'] for uid in lost]}"
    named = {item["urn"].rpartition("::")[2]: live[uid] for uid, item in recorded.items()}
    for wanted in twenty.revision(revision):
        found = named.pop(wanted.name)
        assert found["data"] == stored(wanted), where
        assert found["metadata"]["labels"] == {twenty.LABEL: NAME, **wanted.labels}, where
        assert not wanted.spelling or found["metadata"]["name"] == wanted.spelling, where
    assert not named, f"{where}: left over: {list(named)}"


def stored(wanted: twenty.Wanted) -> dict[str, str]:
    if wanted.kind == "ConfigMap":
        return wanted.data
    return {key: base64.b64encode(value.encode()).decode() for key, value in wanted.data.items()}


def no_engine() -> DockerClient:
    pytest.fail("nothing here needs a container engine")
