"""Which writers of Kubernetes objects are controllers at their work, whose changes are no drift.

It deliberately goes by field managers, which every client may choose; what people do under such a name is found by
the values of recorded fields, and named by the audit log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.drift.kubernetes.managed_fields import Owner

KUBERNETES = frozenset(
    {
        "api-priority-and-fairness-config-consumer-v1",
        "api-priority-and-fairness-config-producer-v1",
        "cloud-controller-manager",
        "clusterrole-aggregation-controller",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-proxy",
        "kube-scheduler",
        "kubelet",
    }
)
KUBEADM = "kubeadm"
KUBEADM_OBJECTS = re.compile(r"kubeadm[:-].*|system:.*|kubelet-config|kube-proxy|cluster-info|bootstrap-token-.*")
"""What kubeadm makes when a cluster starts and when a node joins (cmd/kubeadm/app/constants)."""

RECORDER = "slipway-recorder"
RECORDER_OBJECTS = frozenset({"recorded", "webhook"})
"""What `slipway up` leaves for the drift watch; see operations/drift/watch."""


class Controllers:
    """The controllers of one cluster.

    Args:
        workloads: Names of programs that recorded workloads run: Cilium, Traefik and the like.
    """

    def __init__(self, workloads: frozenset[str] = frozenset()) -> None:
        self._names = KUBERNETES | workloads

    def wrote(self, owner: Owner, name: str) -> bool:
        """Say whether an owner of something in the object of that name is a controller.

        People scale with `kubectl scale`, which the subresource `scale` shows as manager `kubectl`.
        """
        if owner.manager == KUBEADM:
            return KUBEADM_OBJECTS.fullmatch(name) is not None
        if owner.manager == RECORDER:
            return name in RECORDER_OBJECTS
        return owner.manager in self._names or owner.subresource == "status"
