"""The namespace of the application, where nothing may talk to anything unless a policy says so.

Each tier adds the one or two connections it needs; this adds DNS, which all of them need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components import cluster_dns

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ApplicationNamespaceArgs:
    """What the namespace is called."""

    name: str


class ApplicationNamespace(pulumi.ComponentResource):
    """Deny by default in both directions; pods must meet the `restricted` Pod Security Standard."""

    name: str
    namespace: Namespace

    def __init__(self, name: str, args: ApplicationNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:ApplicationNamespace", name, None, opts)
        self.name = args.name
        labels = {"pod-security.kubernetes.io/enforce": "restricted", "slipway.io/gateway": "attached"}
        self.namespace = Namespace(
            name, metadata={"name": args.name, "labels": labels}, opts=pulumi.ResourceOptions(parent=self)
        )
        everything: dict[str, Any] = {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}
        self.policy("deny-by-default", everything)
        self.policy("allow-dns", _dns())
        self.register_outputs({"name": args.name})

    def policy(self, name: str, spec: Mapping[str, Any]) -> NetworkPolicy:
        """Add a policy to the namespace."""
        return NetworkPolicy(
            f"{self.name}-{name}",
            metadata={"name": name, "namespace": self.name},
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.namespace]),
        )

    def allow(self, source: Mapping[str, Any], source_name: str, target: Mapping[str, str], port: int) -> None:
        """Let pods of one peer open connections to one port of others; egress of a peer in here included.

        Args:
            source: a NetworkPolicyPeer in snake_case.
            source_name: what to call the peer in the policies' names.
            target: the label that selects the pods to be reached.
            port: TCP port of the pod.
        """
        tier = next(iter(target.values()))
        ports = [{"protocol": "TCP", "port": port}]
        self.policy(
            f"{tier}-from-{source_name}",
            {
                "pod_selector": {"match_labels": dict(target)},
                "policy_types": ["Ingress"],
                "ingress": [{"from_": [dict(source)], "ports": ports}],
            },
        )
        if "namespace_selector" not in source:
            self.policy(
                f"{source_name}-to-{tier}",
                {
                    "pod_selector": dict(source["pod_selector"]),
                    "policy_types": ["Egress"],
                    "egress": [{"to": [{"pod_selector": {"match_labels": dict(target)}}], "ports": ports}],
                },
            )


def namespace_peer(namespace: str) -> dict[str, Any]:
    """Return the peer "every pod of that namespace"."""
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": namespace}}}


def pod_peer(labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the peer "pods of this namespace with these labels"."""
    return {"pod_selector": {"match_labels": dict(labels)}}


def _dns() -> dict[str, Any]:
    peer = {
        **namespace_peer(cluster_dns.NAMESPACE),
        "pod_selector": {"match_labels": cluster_dns.LABELS},
    }
    # The pods' own port: policies are applied after the Service address was translated.
    ports = [{"protocol": protocol, "port": 1053} for protocol in ("UDP", "TCP")]
    return {"pod_selector": {}, "policy_types": ["Egress"], "egress": [{"to": [peer], "ports": ports}]}
