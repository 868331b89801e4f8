"""The drift watch: a CronJob that compares the cluster with what is recorded, and may only list.

What it compares is in a Secret that `slipway up` fills; Secrets themselves it may not list, so what they hold is looked
at from outside alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.core.v1 import Namespace, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from components import pods
from components.kept_rules import kept_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "slipway-drift"
NAME = "drift"
LABELS = {"app.kubernetes.io/name": NAME}
CLUSTER_NAME = "slipway:drift"
RBAC = "rbac.authorization.k8s.io"
RECORDED, WEBHOOK = "recorded", "webhook"
"""Secrets that `slipway up` fills; a directory each."""
DIRECTORY = "/run/slipway"
SECONDS = 300
"""For one run, with its tries."""
CORE_KINDS = (
    "configmaps", "endpoints", "limitranges", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes",
    "pods", "podtemplates", "replicationcontrollers", "resourcequotas", "serviceaccounts", "services",
)  # fmt: skip
"""Every kind of the core group that is compared, but Secrets."""
GROUPS = (
    "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "autoscaling", "batch",
    "cilium.io", "discovery.k8s.io", "flowcontrol.apiserver.k8s.io", "gateway.networking.k8s.io", "networking.k8s.io",
    "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
)  # fmt: skip
"""Groups of which everything is compared; none of them holds secrets."""


@dataclass(frozen=True)
class DriftWatchArgs:
    """What the watch needs."""

    image: pulumi.Input[str]
    api_server_address: pulumi.Input[str]
    api_server_network: str
    """Addresses that this may be; the one behind a name may change."""
    """IPv4 address of the load balancer in front of the API servers, which is no node of the cluster."""
    api_server_port: int
    schedule: str
    """Five fields of cron, in UTC."""
    webhook: bool
    """Whether it may reach port 443 of addresses outside of the cluster."""
    inner_networks: Sequence[str]
    """Networks that it may not reach for the webhook: pods, Services, machines."""


class DriftWatch(pulumi.ComponentResource):
    """A namespace with one CronJob, its account, and policies that let it reach the API server alone."""

    namespace: str = NAMESPACE

    def __init__(self, name: str, args: DriftWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:DriftWatch", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = Namespace(name, metadata={"name": NAMESPACE, "labels": labels}, opts=child)
        inside = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[namespace]))
        needed = [*_rights(name, inside), *_policies(name, args, inside)]
        metadata = {"name": NAME, "namespace": NAMESPACE, "labels": LABELS}
        self.cron_job = CronJob(
            name,
            metadata=metadata,
            spec=kept_rules("CronJob", metadata, _cron_job_spec(args)),
            opts=pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=needed)),
        )
        self.register_outputs({"schedule": args.schedule})


def _rights(name: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Let it list what it compares, and read the logs of its own pods, where the run before left its report."""
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    inside = {"name": NAME, "namespace": NAMESPACE}
    everything = [
        {"api_groups": [""], "resources": list(CORE_KINDS), "verbs": ["list"]},
        {"api_groups": list(GROUPS), "resources": ["*"], "verbs": ["list"]},
    ]
    logs = [{"api_groups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    return [
        ServiceAccount(name, metadata=inside, automount_service_account_token=False, opts=opts),
        ClusterRole(name, metadata={"name": CLUSTER_NAME}, rules=everything, opts=opts),
        ClusterRoleBinding(
            name,
            metadata={"name": CLUSTER_NAME},
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": CLUSTER_NAME},
            subjects=[subject],
            opts=opts,
        ),
        Role(name, metadata=inside, rules=logs, opts=opts),
        RoleBinding(
            name,
            metadata=inside,
            role_ref={"api_group": RBAC, "kind": "Role", "name": NAME},
            subjects=[subject],
            opts=opts,
        ),
    ]


def _policies(name: str, args: DriftWatchArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    def policy(what: str, spec: dict[str, Any]) -> NetworkPolicy:
        return NetworkPolicy(f"{name}-{what}", metadata={"name": what, "namespace": NAMESPACE}, spec=spec, opts=opts)

    made = [
        policy("deny-by-default", {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}),
        policy("api-server", _egress(args.api_server_network, [], args.api_server_port)),
    ]
    if args.webhook:
        made.append(policy("webhook", _egress("0.0.0.0/0", args.inner_networks, 443)))
    return made


def _egress(network: str, but: Sequence[str], port: int) -> dict[str, Any]:
    block = {"cidr": network, **({"except_": list(but)} if but else {})}
    return {
        "pod_selector": {"match_labels": LABELS},
        "policy_types": ["Egress"],
        "egress": [{"to": [{"ip_block": block}], "ports": [{"protocol": "TCP", "port": port}]}],
    }


def _cron_job_spec(args: DriftWatchArgs) -> dict[str, Any]:
    return {
        "schedule": args.schedule,
        "time_zone": "Etc/UTC",
        "concurrency_policy": "Forbid",
        # A run that was missed is not made up for much later: the next one tells the same.
        "starting_deadline_seconds": SECONDS,
        "successful_jobs_history_limit": 3,
        "failed_jobs_history_limit": 3,
        "job_template": {
            "metadata": {"labels": LABELS},
            "spec": {
                # Tries are seconds apart at first, then longer: an update that is under way ends meanwhile.
                "backoff_limit": 3,
                "active_deadline_seconds": SECONDS,
                "template": {"metadata": {"labels": LABELS}, "spec": _pod(args)},
            },
        },
    }


def _pod(args: DriftWatchArgs) -> dict[str, Any]:
    container = pods.restricted_container(
        NAME,
        args.image,
        env=[
            {
                "name": "SLIPWAY_API_SERVER",
                "value": pulumi.Output.concat("https://", args.api_server_address, f":{args.api_server_port}"),
            },
            {"name": "SLIPWAY_RECORDED", "value": f"{DIRECTORY}/{RECORDED}"},
            {"name": "SLIPWAY_WEBHOOK", "value": f"{DIRECTORY}/{WEBHOOK}"},
        ],
        resources=pods.resources(cpu="50m", memory="96Mi", memory_limit="256Mi"),
        volume_mounts=[
            {"name": name, "mount_path": f"{DIRECTORY}/{name}", "read_only": True} for name in (RECORDED, WEBHOOK)
        ],
    )
    return pods.restricted_pod(
        service_account_name=NAME,
        automount_service_account_token=True,
        restart_policy="Never",
        containers=[container],
        # Optional: the first run may come before `slipway up` has recorded anything, and says so.
        volumes=[
            {"name": name, "secret": {"secret_name": name, "default_mode": 0o440, "optional": True}}
            for name in (RECORDED, WEBHOOK)
        ],
    )
