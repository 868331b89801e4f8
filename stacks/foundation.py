"""The first layer: network, registry, machines, prepared hosts, cluster.

After it, nothing asks where a machine came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from components.cluster import DATA_DIRECTORY as CLUSTER_DATA
from components.cluster import Cluster, ClusterArgs
from components.places import containers
from components.platform_images import PlatformImages, PlatformImagesArgs
from components.prepared_machine import LOCAL_VOLUMES, HostSettings
from components.registry import Registry, RegistryArgs
from plugins.slipway import sdk
from stacks import addresses, machine_plans
from toolchain import lookup
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.machine import Machine
    from stacks.settings import Settings
    from toolchain.images.layout import ImageLayout

ENGINE_IMAGES = ("machine", "registry")
"""Run by the container engine of this computer."""
NODE_IMAGES = (
    "node-binaries", "pause", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
    "cilium", "cilium-operator-generic", "api-runtime", "frontend-runtime", "coredns", "ferretdb", "traefik",
    "metrics-server",
)  # fmt: skip
"""Pulled by the nodes from the environment's registry, or built upon; in the order in which they are needed."""
WATCH_IMAGE = "drift-runtime"
"""Built upon for the drift watch, where the environment has one."""


@dataclass(frozen=True)
class Foundation:
    """What the next layers build on."""

    authority: sdk.CertificateAuthority
    ssh_key: sdk.SshKey
    registry: Registry
    builder: docker.Provider
    """The local engine with a login to the registry, for builds upon its images."""
    images: PlatformImages
    machines: Sequence[Machine]
    cluster: Cluster

    @property
    def inside_cluster(self) -> pulumi.ResourceOptions:
        """Options for what lives in the cluster: once its control plane goes, nothing is deleted one by one."""
        return _gone_with(self.cluster.control_plane)


def lay(stack: str, settings: Settings) -> Foundation:
    """Create the layer for the place `containers`."""
    network = docker.Network(
        "network",
        name=f"slipway-{stack}",
        labels=containers.network_labels(stack),
        ipam_configs=[docker.NetworkIpamConfigArgs(subnet=settings.network)],
    )
    authority = sdk.CertificateAuthority("authority", common_name=f"slipway {stack}")
    ssh_key = sdk.SshKey("ssh", comment=f"slipway-{stack}")
    node_images = (*NODE_IMAGES, *((WATCH_IMAGE,) if settings.drift.watch else ()))
    layouts = {name: image(name) for name in (*ENGINE_IMAGES, *node_images)}
    engine_images = {name: _engine_image(stack, layouts[name]) for name in ENGINE_IMAGES}
    registry = _registry(stack, settings, network, authority, engine_images["registry"])
    images = PlatformImages(
        "images", PlatformImagesArgs(registry=registry, images={name: layouts[name] for name in node_images})
    )
    place = containers.ContainerPlace(
        environment=stack,
        network=network,
        machine_image=engine_images["machine"].image_id,
        authorized_key=ssh_key.public_key,
    )
    machines = _machines(place, settings)
    hosts = HostSettings(
        ssh_private_key=ssh_key.private_key,
        registry=registry,
        ca_pem=authority.certificate_pem,
        node_binaries_digest=layouts["node-binaries"].layers[0].digest,
        node_binaries=images.resources["node-binaries"],
        volume_pools={settings.database.pool: 1},
        # kubeadm names its own by tag; the reference must be the one that the kubelet will ask for.
        prefetched_images=[
            f"{registry.name}/{layouts['kube-proxy'].repository}:{layouts['kube-proxy'].tag}",
            f"{registry.name}/{layouts['cilium'].repository}@{layouts['cilium'].digest}",
        ],
    )
    return Foundation(
        authority=authority,
        ssh_key=ssh_key,
        registry=registry,
        builder=_builder(registry),
        images=images,
        machines=list(machines.values()),
        cluster=_cluster(stack, settings, machines, hosts, images),
    )


def _registry(
    stack: str,
    settings: Settings,
    network: docker.Network,
    authority: sdk.CertificateAuthority,
    engine_image: sdk.EngineImage,
) -> Registry:
    return Registry(
        "registry",
        RegistryArgs(
            environment=stack,
            image=engine_image.image_id,
            network=network,
            address=addresses.address(settings.network, addresses.REGISTRY),
            published_port=settings.ports.registry,
            authority=authority,
        ),
    )


def _cluster(
    stack: str, settings: Settings, machines: Mapping[str, Machine], hosts: HostSettings, images: PlatformImages
) -> Cluster:
    return Cluster(
        "cluster",
        ClusterArgs(
            name=f"slipway-{stack}",
            load_balancer=machines["load-balancer"],
            control_planes=[machine for machine in machines.values() if "control-plane" in machine.plan.roles],
            workers=[machine for machine in machines.values() if "worker" in machine.plan.roles],
            hosts=hosts,
            images=images,
            published_api_port=settings.ports.api_server,
            kubectl=str(lookup.executable("kubectl")),
        ),
    )


def _engine_image(stack: str, layout: ImageLayout) -> sdk.EngineImage:
    return sdk.EngineImage(
        f"{layout.name}-image",
        layout=str(layout.layout),
        name=f"slipway-{stack}/{layout.repository}:{layout.tag}",
        digest=layout.config_digest,
    )


def _builder(registry: Registry) -> docker.Provider:
    access = registry.access
    login = docker.ProviderRegistryAuthArgs(
        address=access.published, username=access.username, password=access.password
    )
    return docker.Provider("builder", registry_auth=[login])


def _machines(place: containers.ContainerPlace, settings: Settings) -> Mapping[str, Machine]:
    """Make every machine; only the load balancer's ports are published, and on loopback alone."""
    ports = settings.ports
    balancer = place.machine(
        machine_plans.load_balancer_plan(settings),
        ports={ports.http: 80, ports.https: 443, ports.api_server: 6443},
    )
    control_planes = [
        place.machine(plan, data_directory=CLUSTER_DATA) for plan in machine_plans.control_plane_plans(settings)
    ]
    workers = [
        place.machine(plan, data_directory=LOCAL_VOLUMES if plan.pool == settings.database.pool else None)
        for plan in machine_plans.worker_plans(settings)
    ]
    return {machine.name: machine for machine in (balancer, *control_planes, *workers)}


def _gone_with(machine: pulumi.Resource | None) -> pulumi.ResourceOptions:

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        merged = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(deleted_with=machine))
        return pulumi.ResourceTransformationResult(args.props, merged)

    return pulumi.ResourceOptions(transformations=[transform])
