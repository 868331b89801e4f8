"""The nodes that a cluster will have after the update, as the program declares its machines.

It deliberately takes the declared size for what a node offers: slipway makes it so (docs/hosts.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from operations.preview.plan import ANSIBLE_RUN
from operations.preview.risks import risks
from policies.kubernetes_object import mapping, sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operations.preview.plan import Plan

ROLES: Final = frozenset({"worker", "control-plane"})
CONTROL_PLANE_TAINT: Final = "node-role.kubernetes.io/control-plane:NoSchedule"
"""kubeadm's own, on control planes that are no workers."""
POOL_LABEL: Final = "slipway.io/pool"


@dataclass(frozen=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """Write it as environment files do."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


@dataclass(frozen=True)
class Node:
    """One node."""

    name: str
    pool: str
    cpu_millis: int
    memory_bytes: int
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    is_control_plane: bool = False
    leaves: bool = False
    """It is drained and goes."""
    is_replaced: bool = False
    """Its machine is made anew under the same name."""


def planned_nodes(plan: Plan) -> list[Node]:
    """Return all nodes, those that leave included, by name."""
    anew = {risk.name for risk in risks(plan) if risk.kind == "machine" and risk.action == "replace"}
    found: dict[str, Node] = {}
    for leaves in (True, False):  # a machine that one run loses and another keeps is kept
        for machine in _machines(plan, leaving=leaves):
            node = _node(machine, leaves=leaves, is_replaced=machine.get("name") in anew)
            found[node.name] = node
    return [found[name] for name in sorted(found)]


def _machines(plan: Plan, *, leaving: bool) -> Iterator[Mapping[str, Any]]:
    for run in plan.of_type(ANSIBLE_RUN):
        for machine in sequence((run.old if leaving else run.new).get("hosts")):
            if ROLES & set(sequence(mapping(machine).get("roles"))):
                yield machine


def _node(machine: Mapping[str, Any], *, leaves: bool, is_replaced: bool) -> Node:
    roles, name, pool = set(sequence(machine.get("roles"))), str(machine["name"]), str(machine.get("pool", ""))
    is_control_plane = "control-plane" in roles
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", POOL_LABEL: pool}
    if is_control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
    taints = [str(taint) for taint in sequence(machine.get("taints"))]
    if is_control_plane and "worker" not in roles:
        taints.append(CONTROL_PLANE_TAINT)
    return Node(
        name=name,
        pool=pool,
        cpu_millis=int(_number(machine.get("cpu")) * 1000),
        memory_bytes=int(_number(machine.get("memoryMib")) * 2**20),
        labels={**labels, **mapping(machine.get("labels"))},
        taints=tuple(parse_taint(taint) for taint in taints),
        is_control_plane=is_control_plane,
        leaves=leaves,
        is_replaced=is_replaced,
    )


def parse_taint(text: str) -> Taint:
    """Read a taint written key=value:Effect or key:Effect."""
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return Taint(key, value, effect)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
