"""CoreDNS: names of Services and pods inside the cluster.

Names outside the cluster are answered only where the environment names resolvers for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Service, ServiceAccount
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding

from components import pods

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "kube-system"
REPLICAS = 2
LABELS = {"k8s-app": "kube-dns"}
"""The label by which kubeadm, dashboards and policies of others know cluster DNS."""


@dataclass(frozen=True)
class ClusterDnsArgs:
    """What cluster DNS needs."""

    image: pulumi.Input[str]
    address: str
    """The Service address that every kubelet hands to its pods."""
    open_nodes: int
    """Workers that take any pod."""
    upstream: Sequence[str] = ()


class ClusterDns(pulumi.ComponentResource):
    """CoreDNS behind the well-known Service address."""

    def __init__(self, name: str, args: ClusterDnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:ClusterDns", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = {"name": "coredns", "namespace": NAMESPACE, "labels": LABELS}
        account = ServiceAccount(name, metadata=metadata, opts=child)
        role = ClusterRole(name, metadata={"name": "system:coredns"}, rules=_rules(), opts=child)
        ClusterRoleBinding(
            name,
            metadata={"name": "system:coredns"},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
            subjects=[{"kind": "ServiceAccount", "name": "coredns", "namespace": NAMESPACE}],
            opts=child,
        )
        config = ConfigMap(name, metadata=metadata, data={"Corefile": corefile(args.upstream)}, opts=child)
        self.deployment = Deployment(
            name,
            metadata=metadata,
            spec=_deployment_spec(args),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[account, role, config])),
        )
        # A drain that moves both at once leaves pods without names for as long as new ones take to start.
        PodDisruptionBudget(
            name,
            metadata={"name": "coredns", "namespace": NAMESPACE},
            spec={"max_unavailable": 1, "selector": {"match_labels": LABELS}},
            opts=child,
        )
        self.service = Service(
            name,
            metadata=pods.not_awaited("kube-dns", NAMESPACE, labels=LABELS),
            spec={
                "selector": LABELS,
                "cluster_ip": args.address,
                "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP", "target_port": 1053},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP", "target_port": 1053},
                ],
            },
            opts=child,
        )
        self.register_outputs({"address": args.address})


def corefile(upstream: Sequence[str]) -> str:
    """Return CoreDNS' configuration; port 1053, so that no capability is needed."""
    forward = f"    forward . {' '.join(upstream)}\n" if upstream else ""
    return (
        ".:1053 {\n"
        "    errors\n"
        "    health :8080 {\n        lameduck 5s\n    }\n"
        "    ready :8181\n"
        "    kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n        ttl 30\n    }\n"
        f"{forward}"
        "    cache 30\n"
        "    loadbalance\n"
        "}\n"
    )


def _rules() -> list[dict[str, Any]]:
    read = ["list", "watch"]
    return [
        {"api_groups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": read},
        {"api_groups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
    ]


def _deployment_spec(args: ClusterDnsArgs) -> dict[str, Any]:
    container = pods.restricted_container(
        "coredns",
        args.image,
        command=["coredns", "-conf", "/etc/coredns/Corefile"],
        resources=pods.resources(cpu="50m", memory="32Mi", memory_limit="128Mi"),
        ports=[{"name": "dns", "container_port": 1053, "protocol": "UDP"}],
        startup_probe=pods.http_probe("/health", 8080, period_seconds=1, failure_threshold=60),
        liveness_probe=pods.http_probe("/health", 8080, period_seconds=10, failure_threshold=5),
        readiness_probe=pods.http_probe("/ready", 8181, period_seconds=2),
        volume_mounts=[{"name": "config", "mount_path": "/etc/coredns", "read_only": True}],
    )
    pod = pods.restricted_pod(
        service_account_name="coredns",
        automount_service_account_token=True,
        priority_class_name="system-cluster-critical",
        dns_policy="Default",
        topology_spread_constraints=pods.spread(LABELS, replicas=REPLICAS, nodes=args.open_nodes),
        containers=[container],
        volumes=[{"name": "config", "config_map": {"name": "coredns"}}],
    )
    return {
        "replicas": REPLICAS,
        "selector": {"match_labels": LABELS},
        "strategy": {"rolling_update": {"max_unavailable": 0, "max_surge": 1}},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
