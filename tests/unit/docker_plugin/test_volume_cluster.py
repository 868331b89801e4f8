"""The input ``cluster`` of a volume, there and back."""

from __future__ import annotations

import pytest

from plugins.docker import schema_check, volume
from plugins.docker.bridged import plain
from plugins.docker.volume_cluster import cluster_outputs, cluster_spec, size_bytes, size_text
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context

CLUSTER = {
    "type": "mount",
    "sharing": "all",
    "scope": "multi",
    "group": "fast",
    "requiredBytes": "128MiB",
    "limitBytes": "1.5GiB",
    "topologyRequired": "region=R1,zone=Z1",
}


def test_what_is_asked_for_is_what_is_read_back() -> None:
    checked = schema_check.check(volume.SCHEMA, Context(name="v"), None, {"cluster": CLUSTER})
    assert not checked.failures
    spec = cluster_spec(plain(checked.inputs)["cluster"])
    assert spec == {
        "Group": "fast",
        "AccessMode": {"Scope": "multi", "Sharing": "all", "MountVolume": {}},
        "Availability": "active",
        "CapacityRange": {"RequiredBytes": 128 << 20, "LimitBytes": 3 << 29},
        "AccessibilityRequirements": {"Requisite": [{"Segments": {"region": "R1", "zone": "Z1"}}]},
    }
    found = cluster_outputs({"ID": "abc", "Spec": spec})
    assert found == {**CLUSTER, "id": "abc", "availability": "active", "topologyPreferred": ""}


@pytest.mark.parametrize(("text", "count"), [("", 0), ("5", 5), ("1k", 1024), ("2 GB", 2 << 30), ("0.5MiB", 512 << 10)])
def test_sizes(text: str, count: int) -> None:
    assert size_bytes(text) == count


@pytest.mark.parametrize("count", [0, 5, 128 << 20, 3 << 29])
def test_sizes_there_and_back(count: int) -> None:
    assert size_bytes(size_text(count)) == count


def test_no_size() -> None:
    with pytest.raises(ResourceFailed, match="'much' is no size"):
        size_bytes("much")
