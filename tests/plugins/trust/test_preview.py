"""A preview of anything changes nothing: no object in the cluster, none in the engine, not one byte of the state."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust import twenty
from tests.plugins.trust.trust_engine import TrustEngine, at_the_next_second, trust_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.plugins.kubernetes.control_plane import ControlPlane

NAME = "slipway-previewed"
EMPTY = "import pulumi\n"
# What is written all the time by the control plane itself.
RESTLESS = ("leases", "events", "apiservices")


class World:
    """The stack, and everything that a preview could touch."""

    def __init__(self, folder: Path, plane: ControlPlane, namespace: str, engine: TrustEngine) -> None:
        self.stack = Stack(folder, plane.kubeconfig(), "preview", NAME)
        self.engine = engine
        twenty.write_context(folder, stack=NAME)
        self._plane, self._namespace = plane, namespace
        self._collections = list(_collections(plane))

    def write(self, revision: int | None) -> None:
        """Set the program: a revision of the twenty resources, or one without any."""
        made = twenty.program(revision or 0, stack=NAME, namespace=self._namespace)
        self.stack.write(EMPTY if revision is None else made)

    def versions(self) -> dict[str, str | None]:
        """Return path -> resourceVersion of every object in the cluster; what is computed when asked has none."""
        listed = [(path, item["metadata"]) for path in self._collections for item in self._items(path)]
        return {
            f"{path}/{metadata.get('namespace', '')}/{metadata['name']}": metadata.get("resourceVersion")
            for path, metadata in listed
        }

    def _items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._plane.request("GET", path)["items"]
        return found

    def _plan(self) -> dict[str, Any]:
        said = self.stack.run("preview", "--json")
        plan: dict[str, Any] = json.loads(said[said.index("{\n") :])  # warnings come first
        return plan

    def previewed(self) -> dict[str, int]:
        """Preview twice, assert that both say the same and touch nothing, and return what is going to be done."""
        before, in_engine, state = self.versions(), self.engine.live(), self.stack.checkpoint()
        began = at_the_next_second()
        plans = [self._plan() for _ in range(2)]
        assert self.versions() == before
        assert self.engine.live() == in_engine
        assert self.engine.events(began, at_the_next_second()) == []
        assert self.stack.checkpoint() == state
        assert _told(plans[0]) == _told(plans[1])
        counts: dict[str, int] = plans[0]["changeSummary"]
        return counts


def _collections(plane: ControlPlane) -> Iterator[str]:
    groups = plane.request("GET", "/apis")["groups"]
    roots = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    for root in roots:
        for resource in plane.request("GET", root)["resources"]:
            if "list" in resource["verbs"] and resource["name"] not in RESTLESS:
                yield f"{root}/{resource['name']}"


def _told(plan: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Return what a preview says, without its order and the names that are generated afresh each time."""
    return sorted((step["op"], step["urn"], sorted(step.get("detailedDiff") or {})) for step in plan["steps"])


@pytest.fixture(scope="module")
def in_engine(api: docker.APIClient, busybox: Path) -> Iterator[TrustEngine]:
    yield from trust_engine(api, busybox, NAME)


@pytest.fixture(scope="module")
def world(control_plane: ControlPlane, in_engine: TrustEngine, tmp_path_factory: pytest.TempPathFactory) -> World:
    namespace = "previewed"
    control_plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    made = World(tmp_path_factory.mktemp("preview"), control_plane, namespace, in_engine)
    before: dict[str, str | None] = {}
    while before != (before := made.versions()):  # a new API server makes roles and services of its own
        time.sleep(2)
    return made


def test_preview_of_creations_updates_replacements_and_deletions_changes_nothing(world: World) -> None:
    world.write(1)
    assert world.previewed()["create"] >= twenty.COUNT
    began = at_the_next_second()
    world.stack.run("up", "--yes", "--skip-preview")
    # What the previews must not cause is seen when it happens.
    happened = {event.rpartition(" ")[0] for event in world.engine.events(began, at_the_next_second())}
    assert {"container start", "network create", "volume create", "image tag"} <= happened
    world.write(2)
    counts = world.previewed()
    assert counts["update"] == twenty.UPDATED
    assert counts["delete"] == counts["create"] == twenty.RENAMED
    assert counts["replace"] == twenty.REPLACED
    world.write(None)
    assert world.previewed()["delete"] >= twenty.COUNT
    world.stack.run("destroy", "--yes", "--skip-preview")


def test_the_comparison_sees_a_single_write(world: World, control_plane: ControlPlane) -> None:
    before = world.versions()
    control_plane.patch("/api/v1/namespaces/previewed", {"metadata": {"labels": {"touched": "true"}}})
    after = world.versions()
    assert {path for path in after if after[path] != before.get(path)} == {"/api/v1/namespaces//previewed"}
