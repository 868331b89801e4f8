"""Cilium as the cluster's network: agent on every node, one operator.

It configures the datapath only; which pods may talk is said by the NetworkPolicies of each workload.
Source: cilium/cilium v1.19 install/kubernetes/cilium (values as of that version).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSet, Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, ServiceAccount
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from components import cilium_roles, pods

NAMESPACE = "kube-system"
HEALTH_PORT = 9879
OPERATOR_HEALTH_PORT = 9234
OPERATOR_SCRATCH = "/tmp"  # noqa: S108 - a mount inside the container


@dataclass(frozen=True)
class CiliumArgs:
    """What Cilium needs to know of the cluster."""

    agent_image: pulumi.Input[str]
    operator_image: pulumi.Input[str]
    api_server_host: pulumi.Input[str]
    """Reachable before the cluster network works, so not the Service address."""
    api_server_port: int


class Cilium(pulumi.ComponentResource):
    """The cluster network; pods start once its agent runs on their node."""

    def __init__(self, name: str, args: CiliumArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Cilium", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.config = ConfigMap(
            f"{name}-config",
            metadata={"name": "cilium-config", "namespace": NAMESPACE},
            data=agent_settings(),
            opts=child,
        )
        agent_account = [
            *self._account(name, "cilium", cilium_roles.AGENT, child),
            *self._read_own_settings(name, child),
        ]
        operator_account = self._account(name, "cilium-operator", cilium_roles.OPERATOR, child)
        api_server = {"KUBERNETES_SERVICE_HOST": args.api_server_host, "KUBERNETES_SERVICE_PORT": args.api_server_port}
        # The operator registers the CRDs that the agent waits for, so both start at once.
        self.operator = Deployment(
            f"{name}-operator",
            metadata={"name": "cilium-operator", "namespace": NAMESPACE},
            spec=_operator_spec(args, api_server),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=operator_account)),
        )
        self.agent = DaemonSet(
            f"{name}-agent",
            metadata={"name": "cilium", "namespace": NAMESPACE},
            spec=_agent_spec(args, api_server),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[*agent_account, self.config])),
        )
        self.register_outputs({"agent": self.agent.id})

    def _account(
        self, name: str, account: str, rules: list[dict[str, Any]], child: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        subject = {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}
        role = {"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": account}
        return [
            ServiceAccount(f"{name}-{account}", metadata={"name": account, "namespace": NAMESPACE}, opts=child),
            ClusterRole(f"{name}-{account}", metadata={"name": account}, rules=rules, opts=child),
            ClusterRoleBinding(
                f"{name}-{account}", metadata={"name": account}, role_ref=role, subjects=[subject], opts=child
            ),
        ]

    def _read_own_settings(self, name: str, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """Let the agent watch cilium-config, in its own namespace alone."""
        metadata = {"name": "cilium-config-agent", "namespace": NAMESPACE}
        rules = [{"api_groups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]
        return [
            Role(f"{name}-config-agent", metadata=metadata, rules=rules, opts=child),
            RoleBinding(
                f"{name}-config-agent",
                metadata=metadata,
                role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": "cilium-config-agent"},
                subjects=[{"kind": "ServiceAccount", "name": "cilium", "namespace": NAMESPACE}],
                opts=child,
            ),
        ]


def agent_settings() -> dict[str, str]:
    """Return cilium-config: VXLAN tunnels, addresses from the nodes' pod CIDRs, kube-proxy beside it."""
    return {
        "cluster-name": "default",
        "cluster-id": "0",
        "enable-ipv4": "true",
        "enable-ipv6": "false",
        "ipam": "kubernetes",
        "k8s-require-ipv4-pod-cidr": "true",
        "identity-allocation-mode": "crd",
        "routing-mode": "tunnel",
        "tunnel-protocol": "vxlan",
        "kube-proxy-replacement": "false",
        "bpf-lb-sock": "false",
        "enable-l7-proxy": "false",
        "enable-envoy-config": "false",
        "enable-hubble": "false",
        "enable-ipv4-masquerade": "true",
        "enable-policy": "default",
        "cgroup-root": "/run/cilium/cgroupv2",
        "cni-exclusive": "true",
        "write-cni-conf-when-ready": "/host/etc/cni/net.d/05-cilium.conflist",
        # Per-node health endpoints cost a pod's worth of CPU each; `slipway health` asks the real paths instead.
        "enable-health-checking": "false",
        "enable-endpoint-health-checking": "false",
        "agent-not-ready-taint-key": "node.cilium.io/agent-not-ready",
        "remove-cilium-node-taints": "true",
        "set-cilium-node-taints": "true",
        "set-cilium-is-up-condition": "true",
        # Sized for nodes of a few GiB; the defaults are sized for the memory of the whole computer.
        "bpf-ct-global-tcp-max": "65536",
        "bpf-ct-global-any-max": "32768",
        "bpf-nat-global-max": "65536",
        "bpf-neigh-global-max": "65536",
        "preallocate-bpf-maps": "false",
        "procfs": "/proc",
        "debug": "false",
        "operator-api-serve-addr": f"127.0.0.1:{OPERATOR_HEALTH_PORT}",
    }


def _environment(api_server: dict[str, Any]) -> list[dict[str, Any]]:
    node = {"name": "K8S_NODE_NAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}}
    namespace = {"name": "CILIUM_K8S_NAMESPACE", "value_from": {"field_ref": {"field_path": "metadata.namespace"}}}
    addresses = [
        {"name": key, "value": pulumi.Output.from_input(value).apply(str)} for key, value in api_server.items()
    ]
    return [node, namespace, *addresses]


def _probe(port: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a probe
    headers = [{"name": "brief", "value": "true"}]
    return {"http_get": {"host": "127.0.0.1", "path": "/healthz", "port": port, "http_headers": headers}, **more}


def _host_path(name: str, path: str, kind: str = "DirectoryOrCreate") -> dict[str, Any]:
    return {"name": name, "host_path": {"path": path, "type": kind}}


def _agent_spec(args: CiliumArgs, api_server: dict[str, Any]) -> dict[str, Any]:
    labels = {"k8s-app": "cilium", "app.kubernetes.io/part-of": "cilium"}
    mount_bpf = "mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf"
    bpf = {"name": "bpf-maps", "mount_path": "/sys/fs/bpf", "mount_propagation": "Bidirectional"}
    pod = {
        "host_network": True,
        "priority_class_name": "system-node-critical",
        "service_account_name": "cilium",
        "termination_grace_period_seconds": 1,
        "tolerations": [{"operator": "Exists"}],
        "init_containers": [
            {
                "name": "prepare-node",
                "image": args.agent_image,
                "command": ["sh", "-ec", f"{mount_bpf}; /install-plugin.sh"],
                "security_context": {"privileged": True},
                "volume_mounts": [bpf, {"name": "cni-path", "mount_path": "/host/opt/cni/bin"}],
            }
        ],
        "containers": [_agent_container(args, api_server, bpf)],
        "volumes": [
            {"name": "config", "config_map": {"name": "cilium-config"}},
            _host_path("bpf-maps", "/sys/fs/bpf"),
            _host_path("cilium-run", "/var/run/cilium"),
            _host_path("cilium-netns", "/var/run/netns"),
            _host_path("cni-path", "/opt/cni/bin"),
            _host_path("etc-cni-netd", "/etc/cni/net.d"),
            _host_path("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
        ],
    }  # fmt: skip
    return {
        "selector": {"match_labels": {"k8s-app": "cilium"}},
        "update_strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 1}},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }


def _agent_container(args: CiliumArgs, api_server: dict[str, Any], bpf: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "cilium-agent",
        "image": args.agent_image,
        "command": ["cilium-agent", "--config-dir=/etc/cilium/config"],
        "env": _environment(api_server),
        "startup_probe": _probe(HEALTH_PORT, failure_threshold=300, period_seconds=1),
        "readiness_probe": _probe(HEALTH_PORT, failure_threshold=3, period_seconds=10, timeout_seconds=5),
        "liveness_probe": _probe(HEALTH_PORT, failure_threshold=10, period_seconds=30, timeout_seconds=5),
        "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}},
        # Loading BPF programs and entering the pods' network namespaces needs nearly every capability.
        "security_context": {"privileged": True},
        "termination_message_policy": "FallbackToLogsOnError",
        "volume_mounts": [
            bpf,
            {"name": "config", "mount_path": "/etc/cilium/config", "read_only": True},
            {"name": "cilium-run", "mount_path": "/var/run/cilium", "mount_propagation": "Bidirectional"},
            {"name": "cilium-netns", "mount_path": "/var/run/cilium/netns", "mount_propagation": "HostToContainer"},
            {"name": "etc-cni-netd", "mount_path": "/host/etc/cni/net.d"},
            {"name": "xtables-lock", "mount_path": "/run/xtables.lock"},
        ],
    }


def _operator_spec(args: CiliumArgs, api_server: dict[str, Any]) -> dict[str, Any]:
    labels = {"name": "cilium-operator", "io.cilium/app": "operator", "app.kubernetes.io/part-of": "cilium"}
    container = pods.restricted_container(
        "cilium-operator",
        args.operator_image,
        command=["cilium-operator-generic", "--config-dir=/etc/cilium/config"],
        # It keeps the port of its debugging agent in $HOME/.config, and ends when it cannot.
        env=[*_environment(api_server), {"name": "HOME", "value": OPERATOR_SCRATCH}],
        startup_probe=_probe(OPERATOR_HEALTH_PORT, period_seconds=2, timeout_seconds=3, failure_threshold=60),
        liveness_probe=_probe(OPERATOR_HEALTH_PORT, period_seconds=10, timeout_seconds=3),
        readiness_probe=_probe(OPERATOR_HEALTH_PORT, period_seconds=5, timeout_seconds=3, failure_threshold=5),
        resources=pods.resources(cpu="20m", memory="64Mi", memory_limit="256Mi"),
        volume_mounts=[
            {"name": "config", "mount_path": "/etc/cilium/config", "read_only": True},
            {"name": "scratch", "mount_path": OPERATOR_SCRATCH},
            {"name": "scratch", "mount_path": "/var/run/cilium"},  # the socket of its shell
        ],
    )
    pod = pods.restricted_pod(
        automount_service_account_token=True,
        host_network=True,
        priority_class_name="system-cluster-critical",
        service_account_name="cilium-operator",
        tolerations=[{"operator": "Exists"}],
        containers=[container],
        volumes=[{"name": "config", "config_map": {"name": "cilium-config"}}, {"name": "scratch", "empty_dir": {}}],
    )
    return {
        "replicas": 1,
        "selector": {"match_labels": {"io.cilium/app": "operator"}},
        "strategy": {"type": "Recreate"},  # it uses the host's ports
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
