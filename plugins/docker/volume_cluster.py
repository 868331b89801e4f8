"""The input ``cluster`` of a volume: a volume that Swarm's nodes share through a CSI driver.

It only translates; the engine must be a Swarm manager and says so itself when it is not. Source:
resource_docker_volume.go of the Terraform provider and docker/go-units for sizes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import STRING, Property, object_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER: Property = object_of(
    id=STRING.decided,
    scope=STRING.one_of("single", "multi").forces.by_default("single"),
    sharing=STRING.one_of("none", "readonly", "onewriter", "all").forces.by_default("none"),
    type=STRING.one_of("mount", "block").forces.by_default("block"),
    topologyPreferred=STRING.forces.by_default(""),
    topologyRequired=STRING.forces.by_default(""),
    requiredBytes=STRING.forces,
    limitBytes=STRING.forces,
    group=STRING.forces.by_default(""),
    availability=STRING.one_of("active", "pause", "drain").by_default("active"),
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<unit>[kmgtp])?i?b?", re.IGNORECASE)
_UNITS = "bkmgtp"


def cluster_spec(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's ``ClusterVolumeSpec`` for checked inputs."""
    kind = {"mount": "MountVolume", "block": "BlockVolume"}[wanted["type"]]
    topology = {"Requisite": _topology(wanted["topologyRequired"]), "Preferred": _topology(wanted["topologyPreferred"])}
    return {
        "Group": wanted["group"],
        "AccessMode": {"Scope": wanted["scope"], "Sharing": wanted["sharing"], kind: {}},
        "Availability": wanted["availability"],
        "CapacityRange": {
            "RequiredBytes": size_bytes(wanted.get("requiredBytes", "")),
            "LimitBytes": size_bytes(wanted.get("limitBytes", "")),
        },
        "AccessibilityRequirements": {key: value for key, value in topology.items() if value},
    }


def cluster_outputs(seen: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the engine's ``ClusterVolume`` into the output ``cluster``."""
    spec = seen["Spec"]
    topology, capacity = spec.get("AccessibilityRequirements") or {}, spec.get("CapacityRange") or {}
    return {
        "id": seen["ID"],
        "scope": spec["AccessMode"]["Scope"],
        "sharing": spec["AccessMode"]["Sharing"],
        "type": "mount" if "MountVolume" in spec["AccessMode"] else "block",
        "group": spec.get("Group", ""),
        "availability": spec["Availability"],
        "requiredBytes": size_text(capacity.get("RequiredBytes", 0)),
        "limitBytes": size_text(capacity.get("LimitBytes", 0)),
        "topologyPreferred": _topology_text(topology.get("Preferred")),
        "topologyRequired": _topology_text(topology.get("Requisite")),
    }


def size_bytes(text: str) -> int:
    """Turn '128MiB' into bytes; '' is 0.

    Raises:
        ResourceFailed: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if text and not found:
        raise ResourceFailed(f"cluster: '{text}' is no size such as '128MiB'.")
    if not found:
        return 0
    return int(float(found["number"]) * 1024 ** _UNITS.index((found["unit"] or "b").lower()))


def size_text(count: int) -> str:
    """Write bytes as go-units' ``BytesSize``: '128MiB', '1.5GiB', '0B'."""
    size, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while size >= 1024 and len(units) > 1:  # noqa: PLR2004 - binary units
        size, units = size / 1024, units[1:]
    return f"{size:.4g}{units[0]}"


def _topology(text: str) -> list[dict[str, Any]]:
    pairs = dict(segment.partition("=")[::2] for segment in text.split(",") if segment)
    return [{"Segments": pairs}] if pairs else []


def _topology_text(topologies: list[dict[str, Any]] | None) -> str:
    return ",".join(f"{key}={value}" for one in topologies or [] for key, value in one["Segments"].items())
