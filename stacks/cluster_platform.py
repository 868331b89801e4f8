"""The second layer: what every cluster of ours has before an application comes.

Network first: no other pod starts without it. It is not `platform.py`, because the program's folder comes before the
standard library on sys.path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes

from components.cilium import Cilium, CiliumArgs
from components.cluster import API_PORT, CLUSTER_DNS, HEALTH_NODE_PORT, HTTP_NODE_PORT, HTTPS_NODE_PORT
from components.cluster_dns import ClusterDns, ClusterDnsArgs
from components.gateway import Gateway, GatewayArgs
from components.gateway_api import GatewayApi, GatewayApiArgs
from components.local_storage import LocalStorage, LocalStorageArgs
from components.metrics_server import MetricsServer, MetricsServerArgs
from plugins.slipway import sdk
from stacks import machine_plans
from toolchain import lookup

if TYPE_CHECKING:
    from stacks.foundation import Foundation
    from stacks.settings import Settings


@dataclass(frozen=True)
class Platform:
    """What workloads build on."""

    inside: pulumi.ResourceOptions
    """Options for everything else in the cluster: its provider, and that it goes with the cluster."""
    gateway: Gateway
    storage: LocalStorage


def install(settings: Settings, base: Foundation) -> Platform:
    """Install the layer into the cluster."""
    # The identifier is known before the kubeconfig is: without it, a preview that cannot see the new kubeconfig yet
    # would plan to replace everything in the cluster.
    provider = kubernetes.Provider(
        "kubernetes", kubeconfig=base.cluster.kubeconfig, cluster_identifier=base.cluster.identifier
    )
    options = pulumi.ResourceOptions.merge(base.inside_cluster, pulumi.ResourceOptions(provider=provider))
    image, nodes = base.images.references, machine_plans.open_workers(settings)
    Cilium(
        "cilium",
        CiliumArgs(
            agent_image=image["cilium"],
            operator_image=image["cilium-operator-generic"],
            api_server_host=base.cluster.address,
            api_server_port=API_PORT,
        ),
        options,
    )
    # Nothing below waits for the network here: its pods wait for a node that has one, all at the same time.
    ClusterDns("cluster-dns", ClusterDnsArgs(image=image["coredns"], address=CLUSTER_DNS, open_nodes=nodes), options)
    MetricsServer("metrics-server", MetricsServerArgs(image=image["metrics-server"]), options)
    storage = LocalStorage(
        "local-storage",
        LocalStorageArgs(
            nodes=[machine.name for machine in base.machines if machine.plan.pool == settings.database.pool],
            volume_mib=settings.database.volume_mib,
        ),
        options,
    )
    definitions = GatewayApi(
        "gateway-api", GatewayApiArgs(directory=lookup.data_directory("gateway-api", "standard")), options
    )
    gateway = _gateway(settings, base, definitions, options)
    return Platform(inside=options, gateway=gateway, storage=storage)


def _gateway(settings: Settings, base: Foundation, definitions: GatewayApi, options: pulumi.ResourceOptions) -> Gateway:
    certificate = sdk.Certificate(
        "gateway-certificate",
        ca_certificate_pem=base.authority.certificate_pem,
        ca_private_key_pem=base.authority.private_key_pem,
        common_name=settings.public_name,
        dns_names=[settings.public_name],
        ip_addresses=[],
    )
    return Gateway(
        "gateway",
        GatewayArgs(
            image=base.images.references["traefik"],
            public_name=settings.public_name,
            public_https_port=base.doors.https_port,
            open_nodes=machine_plans.open_workers(settings),
            http_node_port=HTTP_NODE_PORT,
            https_node_port=HTTPS_NODE_PORT,
            health_node_port=HEALTH_NODE_PORT,
            certificate_pem=certificate.certificate_pem,
            private_key_pem=certificate.private_key_pem,
            noticed_seconds=base.doors.noticed_seconds,
        ),
        pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=list(definitions.definitions))),
    )
