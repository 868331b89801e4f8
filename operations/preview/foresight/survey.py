"""Everything that the checks of pods share: nodes and workloads after the update, and who owns which pod now.

It deliberately takes one workload for the same as long as kind, namespace and name are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from operations.preview.foresight.nodes import Node, planned_nodes
from operations.preview.foresight.workload import (
    Key,
    Workload,
    matches_labels,
    term_matches,
    untolerated,
    workload_of,
)
from policies.kubernetes_object import mapping, reach, sequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from operations.preview.foresight.live import Live
    from operations.preview.plan import Plan, Planned
    from policies.kubernetes_object import KubernetesObject

HASH_LABEL = "pod-template-hash"
ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True)
class LivePod:
    """A pod that runs now."""

    owner: Key
    node: str
    spec: Mapping[str, Any]
    labels: Mapping[str, str]
    is_ready: bool


@dataclass(frozen=True)
class Survey:
    """The cluster after the update, and what is known of it before."""

    plan: Plan
    live: Live

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes by name, those that leave included."""
        return {node.name: node for node in planned_nodes(self.plan)}

    @cached_property
    def staying(self) -> Sequence[Node]:
        """The nodes after the update."""
        return [node for node in self.nodes.values() if not node.leaves]

    @cached_property
    def workloads(self) -> Mapping[Key, Workload]:
        """The workloads after the update."""
        found = (workload_of(each, is_new=self._is_new(each)) for each in self.plan.objects)
        return {workload.key: workload for workload in found if workload is not None}

    @cached_property
    def forgotten(self) -> frozenset[Key]:
        """The workloads that this update removes."""
        gone = [
            each.old for each in self.plan.resources if each.action == "delete" and each.type.startswith("kubernetes:")
        ]
        return frozenset(
            (str(old.get("kind")), str(reach(old, "metadata", "namespace") or ""), str(reach(old, "metadata", "name")))
            for old in gone
        )

    @cached_property
    def pods(self) -> Sequence[LivePod]:
        """The pods that run now."""
        return [_live_pod(pod) for pod in self.live.pods if reach(pod, "status", "phase") not in ENDED]

    def candidates(self, workload: Workload) -> list[Node]:
        """Return the nodes that may take a workload but for their taints."""
        holders = self._volume_nodes(workload)
        return [
            node
            for node in self.staying
            if matches_labels(workload, node) and (holders is None or node.name in holders)
        ]

    def eligible(self, workload: Workload) -> list[Node]:
        """Return the nodes that may take a workload."""
        return [node for node in self.candidates(workload) if not untolerated(workload, node)]

    def _is_new(self, each: KubernetesObject) -> bool:
        resource = self.plan.by_urn[each.urn]
        return resource.action in {"create", "replace"} or (resource.action == "update" and _template_differs(resource))

    def _volume_nodes(self, workload: Workload) -> set[str] | None:
        """Return the nodes that hold volumes a workload claims; None where volumes follow the pods."""
        local = [
            each for each in self.plan.objects if each.kind == "PersistentVolume" and each.spec.get("nodeAffinity")
        ]
        mine = [each for each in local if each.spec.get("storageClassName") in workload.claims]
        if not mine:
            return None
        return {node.name for node in self.staying for volume in mine if _reachable(volume, node)}


def _template_differs(resource: Planned) -> bool:
    # Compared by content: a program may write the same thing in another order.
    return bool(reach(resource.old, "spec", "template") != reach(resource.new, "spec", "template"))


def _reachable(volume: KubernetesObject, node: Node) -> bool:
    terms = sequence(reach(volume.spec, "nodeAffinity", "required", "nodeSelectorTerms"))
    return any(term_matches(mapping(term), node) for term in terms)


def _live_pod(pod: Mapping[str, Any]) -> LivePod:
    metadata = mapping(pod.get("metadata"))
    conditions = sequence(reach(pod, "status", "conditions"))
    return LivePod(
        owner=_owner(metadata),
        node=str(reach(pod, "spec", "nodeName") or ""),
        spec=mapping(pod.get("spec")),
        labels=mapping(metadata.get("labels")),
        is_ready=any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions),
    )


def _owner(metadata: Mapping[str, Any]) -> Key:
    """Return who made a pod: the Deployment behind a ReplicaSet, the node behind a static pod, else the pod itself."""
    namespace = str(metadata.get("namespace", ""))
    owners = [mapping(each) for each in sequence(metadata.get("ownerReferences"))]
    controller = next((each for each in owners if each.get("controller")), owners[0] if owners else None)
    if controller is None:
        return "Pod", namespace, str(metadata.get("name"))
    kind, name = str(controller.get("kind")), str(controller.get("name"))
    hashed = reach(metadata, "labels", HASH_LABEL)
    if kind == "ReplicaSet" and hashed and name.endswith(f"-{hashed}"):
        return "Deployment", namespace, name.removesuffix(f"-{hashed}")
    return kind, namespace, name
