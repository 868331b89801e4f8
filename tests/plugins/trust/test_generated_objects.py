"""For objects nobody thought of: a second run changes nothing, and a refresh shows exactly what others changed."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from plugins.kubernetes.comparing.equivalence import is_empty
from plugins.kubernetes.provider import KubernetesProvider
from plugins.rpc.diff import join
from plugins.rpc.values import reveal
from tests.plugins.kubernetes.engine import Engine, Made
from tests.plugins.trust.generated import DEFINITION, KINDS, Kind, Path, leaves, pointer, programs

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane

EXAMPLES = settings(
    max_examples=25,
    deadline=None,  # a busy machine is no defect of the plugin
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FOREIGN = "foreign-value"
FOREIGN_BASE64 = "Zm9yZWlnbg=="


@dataclass
class World:
    """A namespace, and a provider that is driven call by call."""

    plane: ControlPlane
    namespace: str
    engine: Engine
    runner: asyncio.Runner

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        """Wait for one call."""
        return self.runner.run(call)

    def change(self, kind: Kind, made: Made, operations: list[dict[str, Any]]) -> None:
        """Change the object as somebody else; examples whose change the API server refuses are not of interest."""
        path = f"{kind.path.format(self.namespace)}/{made.id.split('/')[1]}?fieldManager=somebody-else"
        try:
            self.plane.request("PATCH", path, operations, content_type="application/json-patch+json")
        except httpx.HTTPStatusError as error:
            note(error.response.text)
            assume(False)


@pytest.fixture(scope="module")
def world(control_plane: ControlPlane) -> Iterator[World]:
    name = f"generated-{uuid.uuid4().hex[:8]}"
    control_plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    provider = KubernetesProvider()
    with asyncio.Runner() as runner:
        runner.run(provider.configure({"kubeconfig": control_plane.kubeconfig()}))
        engine = Engine(provider)
        runner.run(engine.create("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "things", DEFINITION))
        yield World(control_plane, name, engine, runner)
        runner.run(provider.close())


def made(world: World, kind: Kind, data: st.DataObject) -> tuple[Made, dict[str, Any]]:
    program = data.draw(programs(kind, world.namespace), label="program")
    return world.run(world.engine.create(f"kubernetes:{kind.token}", "generated", program)), program


def removed(world: World, made: Made) -> None:
    world.run(world.engine.delete(made))


@pytest.mark.parametrize("name", KINDS)
@EXAMPLES
@given(data=st.data())
def test_a_second_run_and_a_refresh_find_nothing_to_do(world: World, name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    resource, program = made(world, kind, data)
    assert not world.run(world.engine.diff(resource, program)).changes
    refreshed = world.run(world.engine.refresh(resource))
    assert refreshed
    assert refreshed.inputs == resource.inputs
    if name != "Deployment":  # its controller writes the status
        assert refreshed.outputs == resource.outputs
    assert not world.run(world.engine.diff(refreshed, program)).changes
    removed(world, resource)


@pytest.mark.parametrize("name", KINDS)
@EXAMPLES
@given(data=st.data())
def test_a_refresh_shows_exactly_the_value_that_somebody_else_changed(
    world: World, name: str, data: st.DataObject
) -> None:
    kind = KINDS[name]
    resource, program = made(world, kind, data)
    plain = reveal(resource.inputs)
    candidates = [found for found in leaves(plain) if is_ours_to_lose(kind, found[0])]
    assume(candidates)
    path, before = data.draw(st.sampled_from(candidates), label="changed by somebody else")
    world.change(kind, resource, [{"op": "replace", "path": pointer(path), "value": other(before, path, name)}])
    assert drift(world, resource, program) == {text(path)}
    removed(world, resource)


@pytest.mark.parametrize("name", ["ConfigMap", "Secret", "Thing"])
@EXAMPLES
@given(data=st.data())
def test_a_refresh_shows_what_was_removed_and_not_what_others_added(
    world: World, name: str, data: st.DataObject
) -> None:
    kind = KINDS[name]
    resource, program = made(world, kind, data)
    mapping = reveal(resource.inputs).get(kind.content) or {}
    # In custom resources nobody can tell an empty value that was removed from one that is not stored.
    keys = [key for key, value in mapping.items() if name != "Thing" or not is_empty(value)]
    assume(keys)
    gone = data.draw(st.sampled_from(keys), label="removed by somebody else")
    value = FOREIGN_BASE64 if name == "Secret" else FOREIGN
    world.change(
        kind,
        resource,
        [
            {"op": "remove", "path": pointer((kind.content, gone))},
            {"op": "add", "path": pointer((kind.content, "zz-not-ours")), "value": value},
            {"op": "add", "path": "/metadata/annotations/not-ours", "value": FOREIGN},
        ],
    )
    assert drift(world, resource, program) == {text((kind.content, gone))}
    removed(world, resource)


def drift(world: World, resource: Made, program: dict[str, Any]) -> set[str]:
    """Return the paths that a refresh and a comparison with the program show."""
    refreshed = world.run(world.engine.refresh(resource))
    assert refreshed
    return set(world.run(world.engine.diff(refreshed, program)).detailed)


def text(path: Path) -> str:
    joined = ""
    for step in path:
        joined = join(joined, step)
    return joined


def other(value: Value, path: Path, kind: str) -> Value:
    """Return a value of the same type that means something else."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1 if value < 60000 else value - 1
    if isinstance(value, float):
        return value + 1.5
    if path[-1] in ("cpu", "memory"):
        return "3"
    if kind == "Secret" and path[0] == "data":
        return FOREIGN_BASE64
    return value[:4] + ("Y" if value.endswith("X") else "X")


def is_ours_to_lose(kind: Kind, path: Path) -> bool:
    """Say whether somebody else can change this without breaking what the API server demands."""
    if path[0] == "metadata":
        return len(path) == 3 and path[1] == "labels"
    fixed = {"selector", "matchLabels", "labels", "name"}
    return path[0] == kind.content and not fixed.intersection(path)
