"""Nodes: recorded are the machines that joined, with their labels and taints; the rest of a Node is the kubelet's.

It is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change
from operations.drift.kubernetes.managed_fields import Owner, owners
from operations.drift.kubernetes.object_diff import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operations.drift.kubernetes.controllers import Controllers
    from operations.drift.kubernetes.paths import Path

OF_CONTROL_PLANES = "node-role.kubernetes.io/control-plane"
# Node controllers give and take these as a node's health changes (k8s.io/api/core/v1 well_known_taints).
PASSING = ("node.kubernetes.io/", "node.cilium.io/")


@dataclass(frozen=True)
class NodeDifference:
    """One thing that is not as recorded."""

    node: str
    property: str
    change: Change
    was: Any
    now: Any
    owners: tuple[Owner, ...]


def node_differences(
    machines: Mapping[str, Mapping[str, Any]], nodes: Mapping[str, dict[str, Any]], controllers: Controllers
) -> list[NodeDifference]:
    """Compare.

    Args:
        machines: Recorded machines that are nodes, by name, in the shape of the output `nodes`.
        nodes: Node objects by name.
        controllers: Whose labels and taints do not count.
    """
    found: list[NodeDifference] = []
    for name in sorted({*machines, *nodes}):
        if name not in nodes:
            found.append(NodeDifference(name, "node", Change.MISSING, "joined", "", ()))
        elif name not in machines:
            found.append(NodeDifference(name, "node", Change.UNRECORDED, "", "joined", ()))
        else:
            found += _node(name, machines[name], nodes[name], controllers)
    return found


def _node(
    name: str, machine: Mapping[str, Any], node: dict[str, Any], controllers: Controllers
) -> Iterator[NodeDifference]:
    def told(what: str, was: Any, now: Any, path: Path) -> NodeDifference:  # noqa: ANN401 - JSON
        change = Change.UNRECORDED if was is ABSENT else Change.MISSING if now is ABSENT else Change.CHANGED
        return NodeDifference(name, what, change, was, now, _people(node, path, controllers, name))

    labels = node["metadata"].get("labels") or {}
    declared = declared_labels(machine)
    for label, value in declared.items():
        if labels.get(label) != value:
            yield told(f"label {label}", value, labels.get(label, ABSENT), ("metadata", "labels", label))
    for label in sorted(labels.keys() - declared.keys()):
        path: Path = ("metadata", "labels", label)
        if _people(node, path, controllers, name):
            yield told(f"label {label}", ABSENT, labels[label], path)
    yield from _taints(machine, node, told)
    if node["spec"].get("unschedulable"):
        yield told("unschedulable", False, True, ("spec", "unschedulable"))


def declared_labels(machine: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels that a node gets when it joins."""
    own = {} if "worker" in machine["roles"] else {OF_CONTROL_PLANES: ""}
    return {**own, "slipway.io/pool": machine.get("pool") or machine["name"], **(machine.get("labels") or {})}


def _taints(machine: Mapping[str, Any], node: dict[str, Any], told: Any) -> Iterator[NodeDifference]:  # noqa: ANN401
    declared = {_taint_key(text): text for text in _declared_taints(machine)}
    live = {_taint_key(text): text for text in map(_taint_text, node["spec"].get("taints") or ())}
    for key in sorted({*declared, *live}):
        was, now = declared.get(key, ABSENT), live.get(key, ABSENT)
        if was != now and not key.startswith(PASSING):
            # A list of taints is owned as a whole by nobody in particular: the audit log knows who.
            yield told(f"taint {key}", was, now, ("spec", "taints"))


def _declared_taints(machine: Mapping[str, Any]) -> list[str]:
    if "worker" not in machine["roles"]:
        return [f"{OF_CONTROL_PLANES}:NoSchedule"]
    return [text.replace("=:", ":") for text in machine.get("taints") or ()]


def _taint_text(taint: Mapping[str, str]) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"


def _taint_key(text: str) -> str:
    """Return key and effect, which together tell one taint from another."""
    head, _, effect = text.rpartition(":")
    return f"{head.partition('=')[0]}:{effect}"


def _people(node: dict[str, Any], path: Path, controllers: Controllers, name: str) -> tuple[Owner, ...]:
    return tuple(
        owner for owner in owners(node, path) if not (controllers.wrote(owner, name) or owner.manager == "kubeadm")
    )
