"""metrics-server: CPU and memory of nodes and pods, for `kubectl top` and for autoscaling.

It keeps no history; that is the business of a monitoring system.
Source: kubernetes-sigs/metrics-server v0.7 manifests/base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiregistration.v1 import APIService
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service, ServiceAccount
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, RoleBinding

from components import pods

NAMESPACE = "kube-system"
NAME = "metrics-server"
LABELS = {"k8s-app": NAME}
RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class MetricsServerArgs:
    """What metrics-server needs."""

    image: pulumi.Input[str]


class MetricsServer(pulumi.ComponentResource):
    """The aggregated API metrics.k8s.io."""

    def __init__(self, name: str, args: MetricsServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:MetricsServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = {"name": NAME, "namespace": NAMESPACE, "labels": LABELS}
        account = ServiceAccount(name, metadata=metadata, opts=child)
        rights = _rights(name, child)
        self.deployment = Deployment(
            name,
            metadata=metadata,
            spec=_deployment_spec(args),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[account, *rights])),
        )
        service = Service(
            name,
            metadata=pods.not_awaited(NAME, NAMESPACE, labels=LABELS),
            spec={"selector": LABELS, "ports": [{"name": "https", "port": 443, "target_port": "https"}]},
            opts=child,
        )
        APIService(
            name,
            metadata={"name": "v1beta1.metrics.k8s.io"},
            spec={
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "group_priority_minimum": 100,
                "version_priority": 100,
                # metrics-server serves with a certificate of its own making; the API server reaches it in the cluster.
                "insecure_skip_tls_verify": True,
                "service": {"name": NAME, "namespace": NAMESPACE},
            },
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[service])),
        )
        self.register_outputs({"deployment": self.deployment.id})


def _rights(name: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    read = ["get", "list", "watch"]
    rules = [
        {"api_groups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"api_groups": [""], "resources": ["pods", "nodes", "namespaces", "configmaps"], "verbs": read},
    ]

    def binding(role: str) -> ClusterRoleBinding:
        return ClusterRoleBinding(
            f"{name}-{role}",
            metadata={"name": f"metrics-server:{role}"},
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": role},
            subjects=[subject],
            opts=opts,
        )

    return [
        ClusterRole(name, metadata={"name": "system:metrics-server"}, rules=rules, opts=opts),
        binding("system:metrics-server"),
        binding("system:auth-delegator"),
        RoleBinding(
            f"{name}-auth-reader",
            metadata={"name": "metrics-server-auth-reader", "namespace": NAMESPACE},
            role_ref={"api_group": RBAC, "kind": "Role", "name": "extension-apiserver-authentication-reader"},
            subjects=[subject],
            opts=opts,
        ),
    ]


def _probe(path: str, **fields: int) -> dict[str, Any]:
    return {"http_get": {"path": path, "port": "https", "scheme": "HTTPS"}, **fields}


def _deployment_spec(args: MetricsServerArgs) -> dict[str, Any]:
    container = pods.restricted_container(
        NAME,
        args.image,
        args=[
            "--cert-dir=/tmp",
            "--secure-port=10250",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
            # Kubelets serve with certificates of their own making: see docs/platform.md, limits.
            "--kubelet-insecure-tls",
        ],
        ports=[{"name": "https", "container_port": 10250}],
        resources=pods.resources(cpu="50m", memory="48Mi", memory_limit="192Mi"),
        startup_probe=_probe("/livez", period_seconds=1, failure_threshold=60),
        liveness_probe=_probe("/livez", period_seconds=10),
        readiness_probe=_probe("/readyz", period_seconds=5),
        volume_mounts=[{"name": "tmp", "mount_path": "/tmp"}],  # noqa: S108 - a mount inside the container
    )
    pod = pods.restricted_pod(
        service_account_name=NAME,
        automount_service_account_token=True,
        priority_class_name="system-cluster-critical",
        containers=[container],
        volumes=[{"name": "tmp", "empty_dir": {}}],
    )
    return {
        "replicas": 1,
        "selector": {"match_labels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
