"""Containers on a real engine: made, changed, found again, removed."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

from plugins.rpc.values import UNKNOWN, Secret, contains_secret, reveal
from tests.plugins.docker.stack import LABELS

if TYPE_CHECKING:
    import docker

    from tests.plugins.docker.stack import Deployed, Stack


def sleeper(image: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    return {"name": "dockertest-c", "image": image, "command": ["sleep", "1000"], "labels": LABELS, **more}


def run_in(api: docker.APIClient, container: str, *command: str) -> str:
    created = api.exec_create(container, list(command))
    output: bytes = api.exec_start(created["Id"])
    return output.decode().strip()


def machine(image: str, volume: str) -> dict[str, Any]:
    """What the stacks of this project ask of a machine."""
    return {
        "name": "dockertest-machine",
        "image": image,
        "hostname": "machine",
        "entrypoints": ["/bin/sh", "-c"],
        "command": ["sleep 1000"],
        "envs": ["container=docker"],
        "labels": LABELS,
        "volumes": [{"volumeName": volume, "containerPath": "/data"}, {"containerPath": "/var"}],
        "tmpfs": {"/run": "", "/scratch": "size=1m"},
        "ports": [{"internal": 22, "ip": "127.0.0.1"}],
        "networksAdvanced": [{"name": "dockertest-net", "aliases": ["registry.test"], "ipv4Address": "10.97.41.9"}],
        "memory": 64,
        "memorySwap": 64,
        "cpus": "0.5",
        "capabilities": {"adds": ["NET_ADMIN"], "drops": ["MKNOD"]},
        "securityOpts": ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
        "deviceCgroupRules": ["a *:* rwm"],
        "cgroupnsMode": "private",
        "stopSignal": "SIGRTMIN+3",
        "stopTimeout": 20,
        "restart": "unless-stopped",
        "uploads": [{"file": "/etc/deep/secret", "content": Secret("hush"), "permissions": "0600"}],
        "logDriver": "json-file",
        "logOpts": {"max-size": "1m"},
        "sysctls": {"net.ipv4.ip_forward": "1"},
        "ulimits": [{"name": "nofile", "soft": 1024, "hard": 2048}],
        "hosts": [{"host": "api.test", "ip": "10.97.41.1"}],
        "dns": ["10.97.41.1"],
        "init": True,
        "shmSize": 32,
    }


async def up_machine(stack: Stack, image: str) -> tuple[dict[str, Any], Deployed]:
    subnet = [{"subnet": "10.97.41.0/24"}]
    await stack.up("Network", "net", name="dockertest-net", labels=LABELS, ipamConfigs=subnet)
    volume = await stack.up("Volume", "vol", labels=LABELS)
    inputs = machine(image, volume.id)
    return inputs, await stack.up("Container", "machine", **inputs)


async def test_a_machine_is_as_it_was_asked_for(stack: Stack, image: str) -> None:
    _, made = await up_machine(stack, image)
    seen = stack.api.inspect_container(made.id)
    host = seen["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (64 << 20, 64 << 20, 500_000_000)
    assert (host["CapAdd"], host["CapDrop"], host["CgroupnsMode"]) == (["NET_ADMIN"], ["MKNOD"], "private")
    assert (host["SecurityOpt"], host["MaskedPaths"]) == (["seccomp=unconfined", "apparmor=unconfined"], [])
    assert (host["DeviceCgroupRules"], host["RestartPolicy"]["Name"]) == (["a *:* rwm"], "unless-stopped")
    assert (seen["Config"]["StopSignal"], seen["Config"]["StopTimeout"]) == ("SIGRTMIN+3", 20)
    assert run_in(stack.api, made.id, "hostname") == "machine"
    assert run_in(stack.api, made.id, "cat", "/etc/deep/secret") == "hush"
    assert run_in(stack.api, made.id, "stat", "-c", "%a %u", "/etc/deep/secret") == "600 0"
    assert "10.97.41.1\tapi.test" in run_in(stack.api, made.id, "cat", "/etc/hosts")
    # Of its own process: what runc starts in it later now and then gets the hard limit (opencontainers/runc#4195).
    assert "Max open files 1024 2048" in " ".join(run_in(stack.api, made.id, "cat", "/proc/1/limits").split())
    mounts = run_in(stack.api, made.id, "cat", "/proc/mounts")
    assert all(f" {path} " in mounts for path in ("/data", "/var", "/run", "/scratch"))
    assert " /proc/kcore " not in mounts


async def test_outputs_are_those_of_the_official_plugin(stack: Stack, image: str) -> None:
    _, made = await up_machine(stack, image)
    seen = stack.api.inspect_container(made.id)
    assert made.id == seen["Id"]
    assert made.outputs["networkDatas"] == [
        {
            "networkName": "dockertest-net",
            "ipAddress": "10.97.41.9",
            "ipPrefixLength": 24,
            "gateway": "10.97.41.1",
            "globalIpv6Address": "",
            "globalIpv6PrefixLength": 0,
            "ipv6Gateway": "",
            "macAddress": seen["NetworkSettings"]["Networks"]["dockertest-net"]["MacAddress"],
        }
    ]
    port = int(seen["NetworkSettings"]["Ports"]["22/tcp"][0]["HostPort"])
    assert made.outputs["ports"] == [{"internal": 22, "external": port, "ip": "127.0.0.1", "protocol": "tcp"}]
    assert '"schema_version":"2"' in made.outputs["__meta"]
    assert "__defaults" not in str(made.outputs)
    assert made.outputs["runtime"] == "runc"
    assert made.outputs["exitCode"] is None  # it runs


async def test_secrets_stay_secret(stack: Stack, image: str) -> None:
    _, made = await up_machine(stack, image)
    assert contains_secret(made.outputs["uploads"])
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert "hush" not in repr(refreshed.outputs) + repr(refreshed.inputs)
    assert reveal(refreshed.outputs["uploads"])[0]["content"] == "hush"


async def test_nothing_changes_when_nothing_changed(stack: Stack, image: str) -> None:
    inputs, made = await up_machine(stack, image)
    assert not (await stack.diff(made, **inputs)).changes
    before = dict(made.outputs)
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert refreshed.outputs == before
    assert not (await stack.diff(made, **inputs)).changes


async def test_preview_knows_inputs_and_leaves_the_rest_open(stack: Stack, image: str) -> None:
    preview = await stack.preview("Container", "c", **sleeper(image))
    assert (preview["name"], preview["networkDatas"], preview["hostname"]) == ("dockertest-c", UNKNOWN, UNKNOWN)
    assert stack.api.containers(all=True, filters={"name": "dockertest-c"}) == []


async def test_limits_change_in_place_and_drift_is_seen(stack: Stack, image: str) -> None:
    made = await stack.up("Container", "c", **sleeper(image, memory=32, memorySwap=-1))
    changed = sleeper(image, memory=48, memorySwap=-1, restart="always", cpuShares=512)
    difference = await stack.diff(made, **changed)
    assert (set(difference.detailed), difference.replaces) == ({"memory", "restart", "cpuShares"}, [])
    await stack.update(made, **changed)
    host = stack.api.inspect_container(made.id)["HostConfig"]
    assert (host["Memory"], host["RestartPolicy"]["Name"], host["CpuShares"]) == (48 << 20, "always", 512)
    assert made.outputs["memory"] == 48

    stack.api.update_container(made.id, mem_limit="64m", memswap_limit=-1)
    await stack.refresh(made)
    assert made.inputs["memory"] == 64
    assert set((await stack.diff(made, **changed)).detailed) == {"memory"}
    await stack.update(made, **changed)
    assert stack.api.inspect_container(made.id)["HostConfig"]["Memory"] == 48 << 20


async def test_a_stopped_container_is_started_again_with_its_data(stack: Stack, image: str) -> None:
    inputs = sleeper(image, volumes=[{"containerPath": "/var"}])
    made = await stack.up("Container", "c", **inputs)
    run_in(stack.api, made.id, "sh", "-c", "echo kept > /var/file")
    stack.api.stop(made.id, timeout=0)
    assert await stack.refresh(made) is made
    difference = await stack.diff(made, **inputs)
    assert (set(difference.detailed), difference.replaces) == ({"mustRun"}, [])
    await stack.update(made, **inputs)
    assert run_in(stack.api, made.id, "cat", "/var/file") == "kept"


async def test_a_container_removed_behind_our_back_is_gone(stack: Stack, image: str) -> None:
    made = await stack.up("Container", "c", **sleeper(image))
    stack.api.remove_container(made.id, force=True)
    difference = await stack.diff(made, **sleeper(image))
    assert (list(difference.replaces), difference.delete_before_replace) == (["name"], True)
    assert await stack.refresh(made) is None


async def test_what_happened_since_is_seen_and_put_right_without_a_refresh(stack: Stack, image: str) -> None:
    inputs = sleeper(image, memory=32, memorySwap=-1)
    made = await stack.up("Container", "c", **inputs)
    stack.api.update_container(made.id, mem_limit="64m", memswap_limit=-1)
    stack.api.stop(made.id, timeout=0)
    difference = await stack.diff(made, **inputs)
    assert (set(difference.detailed), difference.replaces) == ({"memory", "mustRun"}, [])
    await stack.update(made, **inputs)
    seen = stack.api.inspect_container(made.id)
    assert (seen["State"]["Running"], seen["HostConfig"]["Memory"]) == (True, 32 << 20)
    assert not (await stack.diff(made, **inputs)).changes


async def test_delete_takes_anonymous_volumes_and_keeps_named_ones(stack: Stack, image: str) -> None:
    volume = await stack.up("Volume", "vol", labels=LABELS)
    volumes = [{"containerPath": "/var"}, {"containerPath": "/data", "volumeName": volume.id}]
    made = await stack.up("Container", "c", **sleeper(image, volumes=volumes))
    mounts = {m["Destination"]: m["Name"] for m in stack.api.inspect_container(made.id)["Mounts"]}
    await stack.delete(made)
    left = {v["Name"] for v in stack.api.volumes()["Volumes"] or []}
    assert mounts["/data"] in left
    assert mounts["/var"] not in left


async def test_delete_stops_with_grace(stack: Stack, image: str) -> None:
    script = "trap 'echo bye > /data/file; exit 0' TERM; sleep 1000 & wait"
    volume = await stack.up("Volume", "vol", labels=LABELS)
    volumes = [{"containerPath": "/data", "volumeName": volume.id}]
    entry = {"entrypoints": ["/bin/sh", "-c"], "command": [script], "stopSignal": "SIGTERM"}
    made = await stack.up("Container", "c", **sleeper(image, **entry, volumes=volumes, destroyGraceSeconds=5))
    await stack.delete(made)
    reader = await stack.up("Container", "r", **sleeper(image, name="dockertest-r", volumes=volumes))
    assert run_in(stack.api, reader.id, "cat", "/data/file") == "bye"


async def test_wait_waits_for_the_healthcheck(stack: Stack, image: str) -> None:
    check = {"tests": ["CMD", "test", "-f", "/ready"], "interval": "200ms", "retries": 50}
    entry = {"entrypoints": ["/bin/sh", "-c"], "command": ["sleep 1; touch /ready; sleep 1000"]}
    started = time.monotonic()
    made = await stack.up("Container", "c", **sleeper(image, **entry, healthcheck=check, wait=True, waitTimeout=20))
    assert time.monotonic() - started >= 1
    assert stack.api.inspect_container(made.id)["State"]["Health"]["Status"] == "healthy"
    assert made.outputs["healthcheck"]["interval"] == "200ms"


async def test_attached_container_gives_its_output(stack: Stack, image: str) -> None:
    once = {"command": ["sh", "-c", "echo done; exit 3"], "attach": True, "logs": True, "mustRun": False}
    made = await stack.up("Container", "c", **sleeper(image, **once))
    assert made.outputs["containerLogs"].strip() == "done"
    assert made.outputs["exitCode"] == 3
    await stack.refresh(made)
    assert not (await stack.diff(made, **sleeper(image, **once))).changes


async def test_output_that_tells_a_secret_is_one(stack: Stack, image: str) -> None:
    once = {"command": ["sh", "-c", "echo $TOKEN"], "attach": True, "logs": True, "mustRun": False}
    made = await stack.up("Container", "c", **sleeper(image, **once, envs=[Secret("TOKEN=hush-hush")]))
    assert made.outputs["containerLogs"] == Secret("hush-hush\n")
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert refreshed.outputs["containerLogs"] == Secret("hush-hush\n")


async def test_container_that_removes_itself(stack: Stack, image: str) -> None:
    once = {"command": ["true"], "rm": True, "attach": True, "mustRun": False}
    made = await stack.up("Container", "c", **sleeper(image, **once))
    assert made.id
    assert not (await stack.diff(made, **sleeper(image, **once))).changes
    assert await stack.refresh(made) is None


async def test_interrupted_creation_is_taken_over_or_made_anew(stack: Stack, image: str) -> None:
    first = await stack.up("Container", "c", **sleeper(image))
    stack.deployed.clear()  # the engine died before it wrote the state
    again = await stack.up("Container", "c", **sleeper(image))
    assert again.id == first.id
    stack.deployed.clear()
    stack.api.remove_container(first.id, force=True)
    unstarted = await stack.up("Container", "c", **sleeper(image, start=False))
    stack.deployed.clear()
    made = await stack.up("Container", "c", **sleeper(image))
    assert made.id != unstarted.id
    assert stack.api.inspect_container(made.id)["State"]["Running"]


async def test_many_at_once(stack: Stack, image: str) -> None:
    import asyncio  # noqa: PLC0415 - only here

    names = [f"dockertest-{number}" for number in range(5)]
    made = await asyncio.gather(*(stack.up("Container", n, **sleeper(image, name=n)) for n in names))
    assert len({one.id for one in made}) == 5


def test_the_docker_command_sees_the_labels(api: docker.APIClient) -> None:
    del api
    command = ["docker", "ps", "--all", "--quiet", "--filter", "label=io.slipway.environment=dockertest"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == ""


async def test_import_takes_inputs_from_what_is_there(stack: Stack, image: str) -> None:
    made = await stack.up("Container", "c", **sleeper(image, memory=32))
    found = await made.resource.read(made.ctx, "dockertest-c", {}, {})
    assert found is not None
    assert found.id == made.id
    assert (found.inputs["image"], found.inputs["memory"], found.inputs["labels"]) == (image, 32, LABELS)
    assert not (await made.resource.diff(made.ctx, made.id, found.inputs, found.outputs, made.inputs)).replaces
