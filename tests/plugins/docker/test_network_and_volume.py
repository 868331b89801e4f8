"""Networks and volumes on a real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker.functions import get_network
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN
from tests.plugins.docker.stack import LABELS

if TYPE_CHECKING:
    from tests.plugins.docker.stack import Stack

NET: dict[str, Any] = {
    "name": "dockertest-net",
    "labels": LABELS,
    "ipamConfigs": [{"subnet": "10.97.44.0/24", "gateway": "10.97.44.1"}],
}


async def test_network_is_made_read_compared_and_removed(stack: Stack) -> None:
    preview = await stack.preview("Network", "net", **NET)
    assert (preview["name"], preview["scope"], preview["driver"]) == ("dockertest-net", UNKNOWN, UNKNOWN)
    made = await stack.up("Network", "net", **NET)
    assert made.outputs["ipamConfigs"] == [{"subnet": "10.97.44.0/24", "gateway": "10.97.44.1"}]
    assert made.outputs["labels"] == LABELS
    assert (made.outputs["driver"], made.outputs["scope"]) == ("bridge", "local")
    assert made.outputs["__meta"] == '{"schema_version":"1"}'
    assert stack.api.inspect_network("dockertest-net")["Id"] == made.id

    assert not (await stack.diff(made, **NET)).changes
    before = dict(made.outputs)
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert refreshed.outputs == before
    assert not (await stack.diff(made, **NET)).changes

    described = await get_network(stack.engine, {"name": "dockertest-net"})
    assert (described["id"], described["containers"]) == (made.id, [])

    await stack.delete(made)
    assert stack.api.networks(names=["dockertest-net"]) == []


async def test_network_removed_behind_our_back_is_gone(stack: Stack) -> None:
    made = await stack.up("Network", "net", **NET)
    stack.api.remove_network(made.id)
    assert await stack.refresh(made) is None


async def test_network_name_of_somebody_else_is_left_alone(stack: Stack) -> None:
    await stack.up("Network", "net", **NET)
    with pytest.raises(ResourceFailed, match=r"'dockertest-net' exists already\. It was made for urn:.*::net"):
        await stack.up("Network", "other", **NET)


async def test_interrupted_creation_of_a_network_is_taken_over(stack: Stack) -> None:
    first = await stack.up("Network", "net", **NET)
    stack.deployed.clear()  # the engine died before it wrote the state
    again = await stack.up("Network", "net", **NET)
    assert again.id == first.id


async def test_overlapping_subnets_say_so(stack: Stack) -> None:
    await stack.up("Network", "net", **NET)
    with pytest.raises(ResourceFailed, match="Choose another subnet"):
        await stack.up("Network", "two", **{**NET, "name": "dockertest-two"})


async def test_network_in_use_names_its_containers(stack: Stack, image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.docker.network.REMOVE_TIMEOUT_SECONDS", 0.2)
    net = await stack.up("Network", "net", **NET)
    user = await stack.up(
        "Container",
        "user",
        name="dockertest-user",
        image=image,
        command=["sleep", "100"],
        labels=LABELS,
        networksAdvanced=[{"name": "dockertest-net"}],
    )
    with pytest.raises(ResourceFailed, match="Connected containers: dockertest-user"):
        await net.resource.delete(net.ctx, net.id, net.inputs, net.outputs)
    await stack.delete(user)
    await stack.delete(net)


async def test_volume_is_made_with_an_automatic_name_and_removed(stack: Stack) -> None:
    made = await stack.up("Volume", "data", labels=LABELS)
    assert made.id.startswith("data-")
    assert made.outputs["name"] == made.id
    assert made.outputs["mountpoint"].endswith(f"/{made.id}/_data")
    assert made.outputs["labels"] == LABELS
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert not (await stack.diff(made, labels=LABELS)).changes
    await stack.delete(made)
    assert not [v for v in stack.api.volumes()["Volumes"] or [] if v["Name"] == made.id]


async def test_volume_of_somebody_else_is_not_taken_over(stack: Stack) -> None:
    mine = {"name": "dockertest-vol", "labels": LABELS}
    await stack.up("Volume", "data", **mine)
    with pytest.raises(ResourceFailed, match="docker volume rm dockertest-vol"):
        await stack.up("Volume", "other", **mine)


async def test_volume_removed_behind_our_back_is_gone_and_a_delete_is_quiet(stack: Stack) -> None:
    made = await stack.up("Volume", "data", labels=LABELS)
    stack.api.remove_volume(made.id)
    await made.resource.delete(made.ctx, made.id, made.inputs, made.outputs)
    assert await stack.refresh(made) is None


async def test_import_takes_inputs_from_what_is_there(stack: Stack) -> None:
    made = await stack.up("Network", "net", **NET)
    found = await made.resource.read(made.ctx, made.id, {}, {})
    assert found is not None
    assert (found.inputs["name"], found.inputs["labels"]) == ("dockertest-net", LABELS)
