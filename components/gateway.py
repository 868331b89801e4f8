"""The gateway: Traefik as an implementation of the Gateway API, reached through a port of every worker.

Routes belong to the workloads; here is the door they are attached to, with its certificate.
Source: Traefik 3.7 documentation, Kubernetes Gateway provider.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, Secret, Service, ServiceAccount
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding

from components import pods

NAMESPACE = "slipway-gateway"
NAME = "gateway"
LABELS = {"app.kubernetes.io/name": "traefik"}
API_VERSION = "gateway.networking.k8s.io/v1"
CONTROLLER = "traefik.io/gateway-controller"
HTTP_PORT, HTTPS_PORT, HEALTH_PORT = 8000, 8443, 9000
LAST_SECONDS = 3
"""How long after that its state can still be asked for, while the last requests end."""
LONGEST_SECONDS = 20
"""How long the last requests may take."""
DRAINING_STATUS = 404
"""What a terminating pod answers to a load balancer's question: HAProxy then sends nobody new, and cuts nobody off."""
REPLICAS = 2
DIAL_MILLISECONDS = 200
"""For a pod to take a connection, which is its node's kernel's work: longer means that it is gone, or a packet."""
SETTINGS = "/etc/traefik/dynamic"
RETRY: Final = {"http": {"middlewares": {"retry": {"retry": {"attempts": 10}}}}}
"""The pods of a node that died stay in the lists for most of a minute; what cannot be sent to one goes to the next.

Ten times, as of two pods every second try meets the dead one. Traefik never sends again what a pod may have read (Retry
middleware, "when it cannot contact").
"""


@dataclass(frozen=True)
class GatewayArgs:
    """What the gateway needs."""

    image: pulumi.Input[str]
    public_name: str
    public_https_port: int
    """The port that people type, for redirects."""
    open_nodes: int
    """Workers that take any pod."""
    http_node_port: int
    https_node_port: int
    health_node_port: int
    """Where load balancers ask whether this node leads to a working gateway."""
    certificate_pem: pulumi.Input[str]
    private_key_pem: pulumi.Input[str]
    noticed_seconds: int
    """How long users are still served after a pod has said that it ends."""


class Gateway(pulumi.ComponentResource):
    """Two replicas behind two node ports; HTTP only redirects to HTTPS."""

    namespace: str = NAMESPACE
    name: str = NAME

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Gateway", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(name, metadata={"name": NAMESPACE, "labels": _pod_security()}, opts=child)
        inside = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[namespace]))
        rights = self._rights(name, inside)
        secret = Secret(
            f"{name}-certificate",
            metadata={"name": "gateway-certificate", "namespace": NAMESPACE},
            type="kubernetes.io/tls",
            string_data={"tls.crt": args.certificate_pem, "tls.key": args.private_key_pem},
            opts=inside,
        )
        settings = ConfigMap(
            name,
            metadata={"name": "traefik", "namespace": NAMESPACE},
            data={"retry.yaml": json.dumps(RETRY)},
            opts=inside,
        )
        self.deployment = Deployment(
            name,
            metadata={"name": "traefik", "namespace": NAMESPACE},
            spec=_deployment_spec(args),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[*rights, secret, settings])),
        )
        PodDisruptionBudget(
            name,
            metadata={"name": "traefik", "namespace": NAMESPACE},
            spec={"min_available": 1, "selector": {"match_labels": LABELS}},
            opts=inside,
        )
        self.service = Service(
            name, metadata=pods.not_awaited("traefik", NAMESPACE), spec=_service_spec(args), opts=inside
        )
        self.gateway = self._gateway(name, args, inside)
        self.register_outputs({"publicName": args.public_name})

    def _rights(self, name: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        account = ServiceAccount(name, metadata={"name": "traefik", "namespace": NAMESPACE}, opts=opts)
        role = ClusterRole(name, metadata={"name": "slipway:gateway"}, rules=_rules(), opts=opts)
        binding = ClusterRoleBinding(
            name,
            metadata={"name": "slipway:gateway"},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "slipway:gateway"},
            subjects=[{"kind": "ServiceAccount", "name": "traefik", "namespace": NAMESPACE}],
            opts=opts,
        )
        return [account, role, binding]

    def _gateway(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions) -> CustomResource:
        gateway_class = CustomResource(
            f"{name}-class",
            api_version=API_VERSION,
            kind="GatewayClass",
            metadata={"name": "traefik"},
            spec={"controllerName": CONTROLLER},
            opts=opts,
        )
        after_class = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[gateway_class]))
        gateway = CustomResource(
            name,
            api_version=API_VERSION,
            kind="Gateway",
            metadata={"name": NAME, "namespace": NAMESPACE},
            spec=_gateway_spec(args),
            opts=after_class,
        )
        redirect = {"scheme": "https", "port": args.public_https_port, "statusCode": 301}
        CustomResource(
            f"{name}-redirect",
            api_version=API_VERSION,
            kind="HTTPRoute",
            metadata={"name": "redirect-to-https", "namespace": NAMESPACE},
            spec={
                "parentRefs": [{"name": NAME, "sectionName": "http"}],
                "hostnames": [args.public_name],
                "rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}],
            },
            opts=after_class,
        )
        return gateway


def _pod_security() -> dict[str, str]:
    return {"pod-security.kubernetes.io/enforce": "restricted"}


def _gateway_spec(args: GatewayArgs) -> dict[str, Any]:
    from_labelled = {
        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"slipway.io/gateway": "attached"}}}
    }
    return {
        "gatewayClassName": "traefik",
        "listeners": [
            {
                "name": "http",
                "protocol": "HTTP",
                "port": HTTP_PORT,
                "hostname": args.public_name,
                "allowedRoutes": {"namespaces": {"from": "Same"}},
            },
            {
                "name": "https",
                "protocol": "HTTPS",
                "port": HTTPS_PORT,
                "hostname": args.public_name,
                "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": "gateway-certificate"}]},
                "allowedRoutes": from_labelled,
            },
        ],
    }


def _service_spec(args: GatewayArgs) -> dict[str, Any]:
    return {
        "type": "NodePort",
        # The port of a node leads to the pod on that node or nowhere. So a drained node has served everybody who came
        # through it once its pod has ended, and can go; else connections through it to other nodes would break.
        "external_traffic_policy": "Local",
        "selector": LABELS,
        "ports": [
            {"name": "http", "port": 80, "target_port": HTTP_PORT, "node_port": args.http_node_port},
            {"name": "https", "port": 443, "target_port": HTTPS_PORT, "node_port": args.https_node_port},
            {"name": "health", "port": HEALTH_PORT, "target_port": HEALTH_PORT, "node_port": args.health_node_port},
        ],
    }


def _rules() -> list[dict[str, Any]]:
    read, routes = ["get", "list", "watch"], ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes"]
    others = ["referencegrants", "backendtlspolicies"]
    return [
        {"api_groups": [""], "resources": ["services", "secrets", "namespaces", "configmaps", "nodes"], "verbs": read},
        {"api_groups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
        {"api_groups": ["gateway.networking.k8s.io"], "resources": [*routes, *others], "verbs": read},
        {
            "api_groups": ["gateway.networking.k8s.io"],
            "resources": [f"{resource}/status" for resource in [*routes, "backendtlspolicies"]],
            "verbs": ["update", "patch"],
        },
    ]


def _deployment_spec(args: GatewayArgs) -> dict[str, Any]:
    noticed = args.noticed_seconds
    container = pods.restricted_container(
        "traefik",
        args.image,
        command=[
            "traefik",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            "--log.level=INFO",
            f"--entrypoints.web.address=:{HTTP_PORT}",
            f"--entrypoints.websecure.address=:{HTTPS_PORT}",
            "--entrypoints.websecure.http.tls=true",
            # A terminating pod goes on serving until load balancers send nobody new. Its state can be asked for until
            # the last ones are gone: one that does not answer is taken for dead, and everybody is cut off.
            f"--entrypoints.web.transport.lifecycle.requestacceptgracetimeout={noticed}s",
            f"--entrypoints.websecure.transport.lifecycle.requestacceptgracetimeout={noticed}s",
            f"--entrypoints.traefik.transport.lifecycle.requestacceptgracetimeout={noticed + LAST_SECONDS}s",
            f"--entrypoints.traefik.address=:{HEALTH_PORT}",
            "--ping=true",
            f"--ping.terminatingstatuscode={DRAINING_STATUS}",
            "--providers.kubernetesgateway=true",
            f"--providers.file.directory={SETTINGS}",
            "--entrypoints.websecure.http.middlewares=retry@file",
            f"--serverstransport.forwardingtimeouts.dialtimeout={DIAL_MILLISECONDS}ms",
        ],
        resources=pods.resources(cpu="50m", memory="64Mi", memory_limit="256Mi"),
        ports=[
            {"name": "web", "container_port": HTTP_PORT},
            {"name": "websecure", "container_port": HTTPS_PORT},
        ],
        volume_mounts=[{"name": "settings", "mount_path": SETTINGS, "read_only": True}],
        startup_probe=pods.http_probe("/ping", HEALTH_PORT, period_seconds=1, failure_threshold=60),
        # A route, not /ping: that answers before any route is known, and refuses while the last requests are served.
        readiness_probe=pods.http_probe("/", HTTP_PORT, host=args.public_name, period_seconds=2, failure_threshold=2),
        liveness_probe=pods.http_probe("/ping", HEALTH_PORT, period_seconds=10, failure_threshold=3),
    )
    pod = pods.restricted_pod(
        service_account_name="traefik",
        automount_service_account_token=True,
        priority_class_name="system-cluster-critical",
        termination_grace_period_seconds=noticed + LONGEST_SECONDS,
        topology_spread_constraints=pods.spread(LABELS, replicas=REPLICAS, nodes=args.open_nodes),
        containers=[container],
        volumes=[{"name": "settings", "config_map": {"name": "traefik"}}],
    )
    return {
        "replicas": REPLICAS,
        "selector": {"match_labels": LABELS},
        "strategy": {"rolling_update": {"max_unavailable": 0, "max_surge": 1}},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
