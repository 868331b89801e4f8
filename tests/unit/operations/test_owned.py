"""Objects in a real container engine: found by label, swept, told apart from what a killed run left half-made."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from operations.interrupted import half_made
from operations.lost_objects import find_losses, losses
from operations.owned import _doors, _is_of_others, owned_objects, remove_owned
from operations.stack_state import parse_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"


@pytest.fixture(scope="module")
def image(engine: DockerClient) -> Iterator[str]:
    """An image with nothing in it: enough to create containers, which need not run."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    repository = f"slipway-unit-empty-{uuid.uuid4().hex[:8]}"
    engine.api.import_image_from_data(layer.getvalue(), repository=repository, tag="latest")
    yield f"{repository}:latest"
    engine.images.remove(f"{repository}:latest", force=True)


def _labels(environment: str) -> dict[str, str]:
    return {"io.slipway.project": "slipway", "io.slipway.environment": environment}


def _container(engine: DockerClient, image: str, environment: str, name: str) -> str:
    return str(engine.containers.create(image, "none", name=name, labels=_labels(environment), volumes=["/data"]).id)


def _resource(kind: str, name: str, identifier: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    urn = f"urn:pulumi:try::trial::{kind}::{name}"
    return {"urn": urn, "type": kind, "id": identifier, "inputs": {"name": name}, **more}


def _exported(resources: list[dict[str, Any]], creating: list[dict[str, Any]] | None = None) -> str:
    pending = [{"type": "creating", "resource": resource} for resource in creating or []]
    return json.dumps({"version": 3, "deployment": {"resources": resources, "pending_operations": pending}})


def test_everything_with_the_label_is_found_and_removed(
    engine: DockerClient, engine_environment: str, image: str
) -> None:
    name = f"slipway-{engine_environment}"
    engine.networks.create(name, labels=_labels(engine_environment))
    engine.volumes.create(name, labels=_labels(engine_environment))
    container = _container(engine, image, engine_environment, name)
    anonymous = {mount["Name"] for mount in engine.api.inspect_container(container)["Mounts"]}
    found = owned_objects(engine, environment=engine_environment)
    own = [(item.kind, item.name) for item in found if item.environment == engine_environment]
    assert own == [("container", name), ("network", name), ("volume", name)]
    assert {item.environment for item in owned_objects(engine)} >= {engine_environment}
    told: list[str] = []
    assert remove_owned(engine, found, tell=lambda item: told.append(item.kind)) == []
    remove_owned(engine, found, tell=lambda _: told.append("again"))
    assert told[:3] == ["container", "network", "volume"]
    assert set(told[3:]) <= {"image"}  # that nobody uses, whoever left it
    assert owned_objects(engine, environment=engine_environment) == []
    assert anonymous.isdisjoint(entry["Name"] for entry in engine.api.volumes()["Volumes"] or ())


def _import(engine: DockerClient, *names: str) -> str:
    """Make an image that environments share, of a content of its own, with some names or none; return its id."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(uuid.uuid4().hex))
    labelled = ["LABEL io.slipway.project=slipway"]
    told = engine.api.import_image_from_data(layer.getvalue(), changes=labelled)
    image = engine.images.get(json.loads(told.splitlines()[-1])["status"])
    for name in names:
        image.tag(name)
    return str(image.id)


def test_images_that_another_environment_may_be_building_on_stay(engine: DockerClient, engine_environment: str) -> None:
    engine.volumes.create(engine_environment, labels=_labels(engine_environment))
    own = _import(engine, f"slipway-{engine_environment}/unit-own:1")
    nobodys = _import(engine, f"unit-nobodys-{engine_environment}:1")
    shared = _import(engine, f"slipway-{engine_environment}/unit-shared:1", "slipway-unit-other/unit-shared:1")
    pulled = _import(engine, f"127.0.0.1:5999/slipway-unit-other/unit-{engine_environment}:1")
    nameless = _import(engine)
    made = {own, nobodys, shared, pulled, nameless}

    def swept() -> set[str]:
        return {item.id for item in owned_objects(engine, environment=engine_environment)} & made

    theirs = engine.containers.create(shared, "none", labels=_labels(f"{engine_environment}-too"))
    try:
        assert swept() == {own, nobodys}
    finally:
        theirs.remove(force=True)
        for image in made:
            engine.images.remove(image, force=True)


@pytest.mark.parametrize(
    ("name", "of_others"),
    [
        ("slipway-mine/machine:debian12", False),
        ("slipway-theirs/machine:debian12", True),
        ("slipway-mine-too/machine:debian12", True),
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com/slipway-theirs/slipway/api:1", True),
        ("127.0.0.1:5001/slipway/api-runtime:1", False),
        ("127.0.0.1:5002/slipway/api-runtime:1", True),
        ("127.0.0.1:50021/slipway/api-runtime:1", False),
        ("registry:3.1.2", False),
    ],
)
def test_whose_an_image_is_follows_from_its_name_and_from_whose_registry_it_is(name: str, *, of_others: bool) -> None:
    theirs = [{"Ports": [{"PrivatePort": 5000, "PublicPort": 5002}, {"PrivatePort": 5001}]}, {"Ports": []}]
    assert _is_of_others(name, "mine", _doors(theirs)) is of_others


def test_half_made_is_only_what_is_pending_and_not_recorded(
    engine: DockerClient, engine_environment: str, image: str
) -> None:
    kept = _container(engine, image, engine_environment, f"{engine_environment}-kept")
    _container(engine, image, engine_environment, f"{engine_environment}-half")
    _container(engine, image, engine_environment, f"{engine_environment}-other")
    state = parse_state(
        _exported(
            [_resource(CONTAINER, f"{engine_environment}-kept", kept)],
            [
                _resource(CONTAINER, f"{engine_environment}-half"),
                # Pending as well, since it is being replaced; the recorded one is not to be touched.
                _resource(CONTAINER, f"{engine_environment}-kept"),
                _resource(VOLUME, f"{engine_environment}-never-made"),
            ],
        )
    )
    found = half_made(state, owned_objects(engine, environment=engine_environment))
    assert [item.name for item in found] == [f"{engine_environment}-half"]


def test_deleted_and_stopped_machines_are_told_apart(engine: DockerClient, engine_environment: str, image: str) -> None:
    stopped = _container(engine, image, engine_environment, f"{engine_environment}-stopped")
    idle = _container(engine, image, engine_environment, f"{engine_environment}-idle")
    idle_resource = _resource(CONTAINER, "idle", idle)
    idle_resource["inputs"]["mustRun"] = False
    state = parse_state(
        _exported([_resource(CONTAINER, "stopped", stopped), idle_resource, _resource(CONTAINER, "gone", "0" * 64)])
    )
    found = find_losses(engine, state)
    assert [resource.id for resource in found.stopped] == [stopped]
    assert [resource.id for resource in found.deleted] == ["0" * 64]


def test_only_host_runs_on_lost_machines_are_refreshed() -> None:
    gone, here = _resource(CONTAINER, "gone", "1"), _resource(CONTAINER, "here", "2")
    on_gone = _resource("slipway:index:AnsibleRun", "prepare-gone", "r1", dependencies=[gone["urn"]])
    by_property = _resource(
        "slipway:index:AnsibleRun", "join-gone", "r2", propertyDependencies={"hosts": [gone["urn"]], "x": None}
    )
    on_here = _resource("slipway:index:AnsibleRun", "prepare-here", "r3", dependencies=[here["urn"]])
    other = _resource("kubernetes:core/v1:Node", "node", "r4", dependencies=[gone["urn"]])
    state = parse_state(_exported([gone, here, on_gone, by_property, on_here, other]))
    found = losses(state, present={"2"}, running={"2"})
    assert found.urns_to_refresh(state) == sorted([gone["urn"], on_gone["urn"], by_property["urn"]])
    assert losses(state, present={"1", "2"}, running={"1", "2"}).deleted == ()


def test_nothing_recorded_is_nothing_lost() -> None:
    assert losses(parse_state(json.dumps({"deployment": {}})), present=set(), running=set()).deleted == ()


def test_object_that_is_held_by_a_stranger_is_told_with_the_reason(
    engine: DockerClient, engine_environment: str, image: str
) -> None:
    volume = f"held-{engine_environment}"
    engine.volumes.create(volume, labels=_labels(engine_environment))
    stranger = engine.containers.create(image, "none", volumes=[f"{volume}:/data"])
    try:
        found = owned_objects(engine, environment=engine_environment)
        (refusal,) = remove_owned(engine, found, tell=lambda _: None)
    finally:
        stranger.remove(force=True)
    assert volume in refusal
    assert "in use" in refusal
