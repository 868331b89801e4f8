"""A workload as the scheduler sees it: how many pods, what each asks for, and which nodes may take it.

It deliberately knows what keeps a pod off a node for good; what is only preferred is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from operations.preview.foresight.quantity import cpu_millis, memory_bytes
from policies.kubernetes_object import mapping, reach, sequence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operations.preview.foresight.nodes import Node, Taint
    from policies.kubernetes_object import KubernetesObject

REPLICATED: Final = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "Job", "Pod"})
KEEPS_OUT: Final = frozenset({"NoSchedule", "NoExecute"})
Key = tuple[str, str, str]
"""Kind, namespace, name."""


@dataclass(frozen=True)
class Workload:
    """One workload."""

    key: Key
    pod: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, Any] = field(default_factory=dict)
    replicas: int = 1
    surge: int = 0
    """How many pods more there are while it is rolled out, where none may be missing meanwhile."""
    is_new: bool = False
    """Its pods are made anew by this update."""
    claims: tuple[str, ...] = ()
    """Storage classes of the volumes that each pod claims."""

    @property
    def is_daemon(self) -> bool:
        """Whether it runs once on every node."""
        return self.key[0] == "DaemonSet"

    @property
    def cpu_millis(self) -> int:
        """CPU that one pod asks for."""
        return self._asked("cpu", cpu_millis)

    @property
    def memory_bytes(self) -> int:
        """Memory that one pod asks for."""
        return self._asked("memory", memory_bytes)

    @property
    def host_ports(self) -> frozenset[int]:
        """Ports of the node that a pod takes for itself."""
        on_host = self.pod.get("hostNetwork") is True
        return frozenset(
            int(port.get("hostPort") or port.get("containerPort") or 0)
            for container in sequence(self.pod.get("containers"))
            for port in sequence(mapping(container).get("ports"))
            if port.get("hostPort") or on_host
        )

    @property
    def stands_alone(self) -> bool:
        """Whether no two of its pods may share a node."""
        terms = reach(self.pod, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        return any(mapping(term).get("topologyKey") == "kubernetes.io/hostname" for term in sequence(terms))

    def _asked(self, what: str, amount: Any) -> int:  # noqa: ANN401 - one of the two functions of quantity
        # Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
        first = [mapping(each) for each in sequence(self.pod.get("initContainers"))]
        beside = [each for each in first if each.get("restartPolicy") == "Always"]
        running = [*(mapping(each) for each in sequence(self.pod.get("containers"))), *beside]
        total = sum(amount(reach(each, "resources", "requests", what) or 0) for each in running)
        highest = max((amount(reach(each, "resources", "requests", what) or 0) for each in first), default=0)
        return int(max(total, highest)) + int(amount(reach(self.pod, "overhead", what) or 0))

    def __str__(self) -> str:
        """Name it as people do."""
        kind, namespace, name = self.key
        return f"{kind} {namespace}/{name}"


def workload_of(each: KubernetesObject, *, is_new: bool) -> Workload | None:
    """Return the workload that an object is; None for what runs nothing, or when its pods are not known yet."""
    if each.pod_spec is None or each.kind not in REPLICATED | {"DaemonSet"}:
        return None
    count = each.spec.get("parallelism", 1) if each.kind == "Job" else each.spec.get("replicas", 1)
    replicas = int(count) if isinstance(count, (int, float)) else 1
    claims = [reach(claim, "spec", "storageClassName") for claim in sequence(each.spec.get("volumeClaimTemplates"))]
    return Workload(
        key=(each.kind, each.namespace, each.name),
        pod=each.pod_spec,
        labels=each.pod_labels,
        replicas=replicas if each.kind != "Pod" else 1,
        surge=_surge(each, replicas) if is_new else 0,
        is_new=is_new,
        claims=tuple(str(claim) for claim in claims if claim),
    )


def _surge(each: KubernetesObject, replicas: int) -> int:
    """Return 1 if a rollout must start with a pod more, because it may take none away first."""
    rolling = mapping(reach(each.spec, "strategy", "rollingUpdate"))
    if each.kind != "Deployment" or reach(each.spec, "strategy", "type") == "Recreate":
        return 0
    unavailable = absolute(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    return 0 if unavailable else min(1, absolute(rolling.get("maxSurge", "25%"), replicas, up=True))


def absolute(value: object, total: int, *, up: bool) -> int:
    """Return an amount that may be given as a percentage of a total."""
    if isinstance(value, str) and value.endswith("%"):
        share = float(value[:-1]) * total / 100
        return math.ceil(round(share, 6)) if up else math.floor(round(share, 6))
    return int(value) if isinstance(value, (int, float)) else 0


def matches_labels(workload: Workload, node: Node) -> bool:
    """Say whether a node has what the node selector and the required node affinity ask for."""
    wanted = mapping(workload.pod.get("nodeSelector"))
    if any(node.labels.get(key) != value for key, value in wanted.items()):
        return False
    required = reach(
        workload.pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"
    )
    terms = sequence(required)
    return not terms or any(term_matches(mapping(term), node) for term in terms)


def term_matches(term: Mapping[str, Any], node: Node) -> bool:
    """Say whether a node meets one term of a node selector; a term without conditions meets nothing."""
    by_label = [(mapping(each), node.labels) for each in sequence(term.get("matchExpressions"))]
    by_field = [(mapping(each), {"metadata.name": node.name}) for each in sequence(term.get("matchFields"))]
    conditions = [*by_label, *by_field]
    return bool(conditions) and all(_holds(condition, values) for condition, values in conditions)


def _holds(condition: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    found, wanted = values.get(str(condition.get("key"))), [str(value) for value in sequence(condition.get("values"))]
    difference = float(found) - float(wanted[0]) if found and wanted and found.isdigit() and wanted[0].isdigit() else 0
    return {
        "In": found in wanted,
        "NotIn": found not in wanted,
        "Exists": found is not None,
        "DoesNotExist": found is None,
        "Gt": difference > 0,
        "Lt": difference < 0,
    }.get(str(condition.get("operator")), False)


def untolerated(workload: Workload, node: Node) -> list[Taint]:
    """Return the taints of a node that keep the workload's pods off it."""
    tolerations = [mapping(each) for each in sequence(workload.pod.get("tolerations"))]
    return [
        taint
        for taint in node.taints
        if taint.effect in KEEPS_OUT and not any(_tolerates(each, taint) for each in tolerations)
    ]


def tolerates_everything(workload: Workload) -> bool:
    """Say whether the pods go anywhere, so that no node is meant for them in particular."""
    tolerations = [mapping(each) for each in sequence(workload.pod.get("tolerations"))]
    return any(not each.get("key") and not each.get("effect") for each in tolerations)


def _tolerates(toleration: Mapping[str, Any], taint: Taint) -> bool:
    """Source: k8s.io/api core/v1 toleration.go, ToleratesTaint."""
    if toleration.get("effect") and toleration["effect"] != taint.effect:
        return False
    if toleration.get("key") and toleration["key"] != taint.key:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and str(toleration.get("value", "")) == taint.value
