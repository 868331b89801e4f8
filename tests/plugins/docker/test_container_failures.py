"""What a person on call reads when a container cannot be made, and that nothing half-made stays."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from tests.plugins.docker.stack import LABEL, LABELS

if TYPE_CHECKING:
    from tests.plugins.docker.stack import Stack


def sleeper(image: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    return {"name": "dockertest-c", "image": image, "command": ["sleep", "1000"], "labels": LABELS, **more}


async def failure(stack: Stack, **inputs: Any) -> str:  # noqa: ANN401
    with pytest.raises(ResourceFailed) as raised:
        await stack.up("Container", "c", **inputs)
    left = stack.api.containers(all=True, filters={"label": LABEL, "name": inputs["name"]})
    assert [entry["State"] for entry in left if entry["State"] != "running"] == []
    return str(raised.value)


async def test_name_of_somebody_else(stack: Stack, image: str) -> None:
    other = stack.api.create_container(image, "sleep 1", name="dockertest-c", labels=dict([LABEL.split("=")]))
    with pytest.raises(ResourceFailed) as raised:
        await stack.up("Container", "c", **sleeper(image))
    text = str(raised.value)
    assert f"already in use by container {other['Id'][:12]} (created" in text
    assert "made by somebody else" in text
    assert "docker rm --force --volumes dockertest-c" in text
    assert stack.api.inspect_container(other["Id"])  # untouched
    stack.api.remove_container(other["Id"])


async def test_name_of_another_resource_of_ours(stack: Stack, image: str) -> None:
    await stack.up("Container", "first", **sleeper(image))
    text = await failure(stack, **sleeper(image))
    assert "It was made for urn:pulumi:dockertest::tests::docker:index/container:Container::first" in text


async def test_port_of_another_container(stack: Stack, image: str) -> None:
    first = await stack.up(
        "Container", "a", **sleeper(image, name="dockertest-a", ports=[{"internal": 80, "ip": "127.0.0.1"}])
    )
    port = first.outputs["ports"][0]["external"]
    text = await failure(stack, **sleeper(image, ports=[{"internal": 80, "external": port, "ip": "127.0.0.1"}]))
    assert f"port {port} on 127.0.0.1 is taken by container 'dockertest-a'" in text


async def test_port_of_another_program(stack: Stack, image: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = await failure(stack, **sleeper(image, ports=[{"internal": 80, "external": port, "ip": "127.0.0.1"}]))
    assert f"port {port} on 127.0.0.1 is taken by another program (ss -ltnp 'sport = :{port}' tells which)" in text


async def test_image_that_is_nowhere(stack: Stack) -> None:
    text = await failure(stack, **sleeper("127.0.0.1:9/nothing:1"))
    assert "Image '127.0.0.1:9/nothing:1' is not on this engine, and its registry did not give it" in text


async def test_program_that_ends_at_once(stack: Stack, image: str) -> None:
    text = await failure(stack, **sleeper(image, command=["sh", "-c", "echo cannot read /etc/x; exit 4"]))
    assert "ended at once, but it must keep running (mustRun). Exit code 4" in text
    assert "cannot read /etc/x" in text


async def test_program_that_does_not_exist(stack: Stack, image: str) -> None:
    assert "no-such-program" in await failure(stack, **sleeper(image, command=["no-such-program"]))


async def test_network_that_does_not_exist(stack: Stack, image: str) -> None:
    text = await failure(stack, **sleeper(image, networksAdvanced=[{"name": "dockertest-none"}]))
    assert "network dockertest-none not found\nSee networksAdvanced[].name" in text


async def test_address_outside_of_the_network(stack: Stack, image: str) -> None:
    await stack.up("Network", "n", name="dockertest-n", labels=LABELS, ipamConfigs=[{"subnet": "10.97.45.0/24"}])
    text = await failure(
        stack, **sleeper(image, networksAdvanced=[{"name": "dockertest-n", "ipv4Address": "10.9.9.9"}])
    )
    assert "Invalid address 10.9.9.9" in text
    assert "See networksAdvanced[].ipv4Address" in text


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"networksAdvanced": [{"name": "bridge", "gwPriority": 1}]}, "'networksAdvanced[0].gwPriority' needs Docker"),
        (
            {"mounts": [{"type": "volume", "source": "v", "target": "/v", "volumeOptions": {"subpath": "a"}}]},
            "'mounts[0].volumeOptions.subpath' needs Docker",
        ),
    ],
)
async def test_what_this_engine_is_too_old_for(stack: Stack, image: str, inputs: dict[str, Any], text: str) -> None:
    if (int(stack.api.api_version.split(".")[1])) >= 48:
        pytest.skip("this engine knows both")
    assert text in await failure(stack, **sleeper(image, **inputs))


@pytest.mark.parametrize("inputs", [{"gpus": "all"}, {"deviceRequests": [{"driver": "nvidia", "count": 1}]}])
async def test_devices_that_this_engine_has_no_driver_for(stack: Stack, image: str, inputs: dict[str, Any]) -> None:
    assert "could not select device driver" in await failure(stack, **sleeper(image, **inputs))


async def test_health_that_never_comes(stack: Stack, image: str) -> None:
    check = {"tests": ["CMD-SHELL", "echo not yet; exit 1"], "interval": "100ms", "retries": 100}
    text = await failure(stack, **sleeper(image, healthcheck=check, wait=True, waitTimeout=1))
    assert "was not healthy within 1 s; its last check said: not yet" in text


async def test_wait_without_healthcheck(stack: Stack, image: str) -> None:
    assert "has none" in await failure(stack, **sleeper(image, wait=True))


async def test_upload_without_content(stack: Stack, image: str) -> None:
    assert "'/etc/x' has no content" in await failure(stack, **sleeper(image, uploads=[{"file": "/etc/x"}]))
