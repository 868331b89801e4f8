"""A stateless tier of the application: Deployment, Service, disruption budget and route.

What differs between the frontend and the API is passed in; neither knows of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

from components import pods
from components.application_namespace import ApplicationNamespace, namespace_peer
from components.kept_rules import kept_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.gateway import Gateway

PORT = 8080
DRAIN_SECONDS = 5
"""How long a terminating pod goes on serving while the gateway learns that it leaves."""


@dataclass(frozen=True)
class Probes:
    """Paths that answer for the three questions a kubelet asks."""

    startup: str
    ready: str
    live: str


@dataclass(frozen=True)
class WebTierArgs:
    """What one tier is."""

    tier: str
    image: pulumi.Input[str]
    replicas: int
    open_nodes: int
    """Workers that take any pod."""
    probes: Probes
    path_prefix: str
    public_name: str
    gateway: Gateway
    namespace: ApplicationNamespace
    resources: Mapping[str, Any]
    environment_from: Sequence[str] = ()
    """Names of ConfigMaps whose entries become environment variables."""
    volumes: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Of the pods: a changed one rolls them, for configuration that is read at start only."""


class WebTier(pulumi.ComponentResource):
    """Replicas on different nodes, replaced one by one without dropping a request."""

    labels: dict[str, str]

    def __init__(self, name: str, args: WebTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:WebTier", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.labels = {"app.kubernetes.io/name": args.tier}
        metadata = {"name": args.tier, "namespace": args.namespace.name}
        spec = kept_rules("Deployment", metadata, self._deployment_spec(args))
        self.deployment = Deployment(name, metadata=metadata, spec=spec, opts=child)
        self.service = Service(
            name,
            metadata=pods.not_awaited(args.tier, args.namespace.name),
            spec={"selector": self.labels, "ports": [{"name": "http", "port": 80, "target_port": PORT}]},
            opts=child,
        )
        if args.replicas > 1:
            PodDisruptionBudget(
                name,
                metadata=metadata,
                spec={"max_unavailable": 1, "selector": {"match_labels": self.labels}},
                opts=child,
            )
        self.route = CustomResource(
            f"{name}-route",
            api_version="gateway.networking.k8s.io/v1",
            kind="HTTPRoute",
            metadata=metadata,
            spec=_route_spec(args),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[args.gateway.gateway])),
        )
        args.namespace.allow(namespace_peer(args.gateway.namespace), "gateway", self.labels, PORT)
        self.register_outputs({"tier": args.tier})

    def _deployment_spec(self, args: WebTierArgs) -> dict[str, Any]:
        container = pods.restricted_container(
            args.tier,
            args.image,
            ports=[{"name": "http", "container_port": PORT}],
            env_from=[{"config_map_ref": {"name": name}} for name in args.environment_from],
            resources=dict(args.resources),
            startup_probe=pods.http_probe(args.probes.startup, PORT, period_seconds=1, failure_threshold=120),
            # Patient: a busy tier whose pods are declared unready one by one is down. The API's asks its database.
            readiness_probe=pods.http_probe(
                args.probes.ready, PORT, period_seconds=2, timeout_seconds=3, failure_threshold=3
            ),
            liveness_probe=pods.http_probe(args.probes.live, PORT, period_seconds=10, failure_threshold=3),
            # The kubelet sleeps, so images need no shell.
            lifecycle={"pre_stop": {"sleep": {"seconds": DRAIN_SECONDS}}},
            volume_mounts=[dict(mount) for mount in args.mounts],
        )
        pod = pods.restricted_pod(
            enable_service_links=False,
            termination_grace_period_seconds=DRAIN_SECONDS + 25,
            topology_spread_constraints=pods.spread(self.labels, replicas=args.replicas, nodes=args.open_nodes),
            containers=[container],
            volumes=[dict(volume) for volume in args.volumes],
        )
        return {
            "replicas": args.replicas,
            "selector": {"match_labels": self.labels},
            "strategy": {"rolling_update": {"max_unavailable": 0, "max_surge": 1}},
            "template": {"metadata": {"labels": self.labels, "annotations": dict(args.annotations)}, "spec": pod},
        }


def _route_spec(args: WebTierArgs) -> dict[str, Any]:
    return {
        "parentRefs": [{"name": args.gateway.name, "namespace": args.gateway.namespace, "sectionName": "https"}],
        "hostnames": [args.public_name],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": args.path_prefix}}],
                "backendRefs": [{"name": args.tier, "port": 80}],
            }
        ],
    }
