"""Inputs of a container as the engine's create request."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from plugins.docker import container_schema, schema_check
from plugins.docker.bridged import plain
from plugins.docker.container_request import create_request, endpoint_config, nano_cpus, nanoseconds
from plugins.docker.container_state import go_duration
from plugins.docker.container_upload import archive_of
from plugins.docker.engine_version import container_needs, require
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context


def request(**news: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    result = schema_check.check(container_schema.SCHEMA, Context(name="c"), None, {"image": "i", **news})
    assert not result.failures
    return create_request(plain(result.inputs), {})


def test_system_paths_are_taken_off_by_the_client_as_the_docker_command_does() -> None:
    host = request(securityOpts=["seccomp=unconfined", "systempaths=unconfined"])["HostConfig"]
    assert host["SecurityOpt"] == ["seccomp=unconfined"]
    assert (host["MaskedPaths"], host["ReadonlyPaths"]) == ([], [])


def test_without_that_option_the_engine_masks_its_usual_paths() -> None:
    assert not {"MaskedPaths", "ReadonlyPaths"} & set(request()["HostConfig"])


def test_volumes_are_binds_anonymous_or_borrowed() -> None:
    body = request(
        volumes=[
            {"containerPath": "/var"},
            {"containerPath": "/data", "volumeName": "v"},
            {"containerPath": "/etc/x", "hostPath": "/x", "readOnly": True, "selinuxRelabel": "z"},
            {"fromContainer": "other"},
        ]
    )
    assert body["Volumes"] == {"/var": {}, "/data": {}, "/etc/x": {}}
    assert body["HostConfig"]["Binds"] == ["v:/data:rw", "/x:/etc/x:ro,z"]
    assert body["HostConfig"]["VolumesFrom"] == ["other"]


def test_ports_of_one_number_are_kept_together_and_an_open_one_is_left_to_the_engine() -> None:
    ports = [
        {"internal": 53, "external": 53, "ip": "127.0.0.1", "protocol": "udp"},
        {"internal": 53, "protocol": "udp"},
    ]
    body = request(ports=ports)
    assert body["ExposedPorts"] == {"53/udp": {}}
    bindings = [{"HostIp": "127.0.0.1", "HostPort": "53"}, {"HostIp": "0.0.0.0", "HostPort": "0"}]  # noqa: S104
    assert body["HostConfig"]["PortBindings"] == {"53/udp": bindings}


def test_memory_is_in_mebibytes_and_swap_may_be_unlimited() -> None:
    host = request(memory=64, memorySwap=-1, memoryReservation=32, shmSize=16)["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (64 << 20, -1)
    assert (host["MemoryReservation"], host["ShmSize"]) == (32 << 20, 16 << 20)


def test_mounts_carry_the_options_of_their_type_only() -> None:
    mount = {"type": "tmpfs", "target": "/t", "tmpfsOptions": {"sizeBytes": 5}, "volumeOptions": {"noCopy": True}}
    assert request(mounts=[mount])["HostConfig"]["Mounts"] == [
        {"Type": "tmpfs", "Target": "/t", "Source": "", "ReadOnly": False, "TmpfsOptions": {"SizeBytes": 5, "Mode": 0}}
    ]


def test_network_endpoint() -> None:
    network = {"name": "n", "aliases": ["a"], "ipv4Address": "10.0.0.2", "driverOpts": ["k=v=w"], "gwPriority": 5}
    assert endpoint_config(network) == {
        "Aliases": ["a"],
        "IPAMConfig": {"IPv4Address": "10.0.0.2"},
        "DriverOpts": {"k": "v=w"},
        "GwPriority": 5,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", {"Count": -1}),
        ("2", {"Count": 2}),
        ("driver=nvidia,count=1", {"Driver": "nvidia", "Count": 1}),
        ("'\"device=0,1\"'", {"Count": 1, "DeviceIDs": ["0"]}),  # as docker run --gpus device=0,1 is read
        ('"device=0,1",capabilities=utility', {"DeviceIDs": ["0", "1"], "Capabilities": [["utility", "gpu"]]}),
        ("options=a=b", {"Options": {"a": "b"}, "Count": 1}),
    ],
)
def test_gpus(text: str, expected: dict[str, Any]) -> None:
    base = {"Driver": "", "Options": {}, "Capabilities": [["gpu"]]}
    assert request(gpus=text)["HostConfig"]["DeviceRequests"] == [{**base, **expected}]


@pytest.mark.parametrize(
    ("text", "words"), [("some", "neither a number"), ("1,2", "twice"), ("colour=red", "not known")]
)
def test_gpus_that_mean_nothing(text: str, words: str) -> None:
    with pytest.raises(ResourceFailed, match=words):
        request(gpus=text)


def test_device_requests_and_a_subpath() -> None:
    host = request(
        deviceRequests=[{"driver": "cdi", "count": 0, "deviceIds": ["nvidia.com/gpu=all"]}],
        mounts=[{"type": "volume", "source": "v", "target": "/v", "volumeOptions": {"subpath": "a/b"}}],
    )["HostConfig"]
    assert host["DeviceRequests"][0]["DeviceIDs"] == ["nvidia.com/gpu=all"]
    assert host["Mounts"][0]["VolumeOptions"]["Subpath"] == "a/b"


def test_what_an_old_engine_would_ignore_is_refused() -> None:
    wanted = {
        "mounts": [{"type": "bind"}, {"type": "volume", "volumeOptions": {"subpath": "a"}}],
        "networksAdvanced": [{"name": "n", "gwPriority": 1}],
    }
    with pytest.raises(ResourceFailed, match=r"'mounts\[1\]\.volumeOptions\.subpath' needs Docker Engine 26\.0"):
        require(container_needs(wanted), "1.41")
    with pytest.raises(ResourceFailed, match=r"'networksAdvanced\[0\]\.gwPriority' needs Docker Engine 28\.0"):
        require(container_needs(wanted), "1.47")
    require(container_needs(wanted), "1.48")


@pytest.mark.parametrize(("text", "value"), [("0.5", 500_000_000), ("2", 2_000_000_000), ("1.25", 1_250_000_000)])
def test_processors(text: str, value: int) -> None:
    assert nano_cpus(text) == value


@pytest.mark.parametrize("text", ["0s", "1m30s", "1h0m0s", "250ms", "1.5s", "2h3m4s"])
def test_durations_go_there_and_back(text: str) -> None:
    assert go_duration(nanoseconds(text)) == text


@pytest.mark.parametrize("text", ["1 minute", "5", "s"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ResourceFailed, match="no duration"):
        nanoseconds(text)


def test_uploads_become_one_archive() -> None:
    uploads: list[dict[str, Any]] = [
        {"file": "/etc/a", "content": "text"},
        {"file": "/usr/bin/b", "contentBase64": "aGk=", "executable": True},
        {"file": "/c", "content": "x", "permissions": "0600"},
    ]
    with tarfile.open(fileobj=io.BytesIO(archive_of(uploads))) as archive:
        members = {member.name: (member.mode, member.size) for member in archive.getmembers()}
    assert members == {"etc/a": (0o644, 4), "usr/bin/b": (0o744, 2), "c": (0o600, 1)}


@pytest.mark.parametrize(
    ("upload", "text"),
    [
        ({"file": "/a"}, "has no content"),
        ({"file": "/a", "content": "x", "source": "/y"}, "has content and source"),
        ({"file": "/a", "contentBase64": "%"}, "no base64"),
        ({"file": "/a", "source": "/does/not/exist"}, "cannot be read"),
        ({"file": "/a", "content": "x", "permissions": "rw"}, "no octal mode"),
    ],
)
def test_wrong_upload_is_named(upload: dict[str, str], text: str) -> None:
    with pytest.raises(ResourceFailed, match=text):
        archive_of([upload])
