"""The first layer: network, registry, machines, prepared hosts, cluster.

After it, nothing asks where a machine came from.
"""

from __future__ import annotations

import importlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.cluster import Cluster, ClusterArgs
from components.platform_images import PlatformImages, PlatformImagesArgs
from components.prepared_machine import HostSettings
from components.registry import reference
from plugins.slipway import sdk
from stacks.ground import Trust
from stacks.settings_model import WATCH_IMAGE
from toolchain import lookup
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.doors import Doors
    from components.machine import Machine
    from components.registry import RegistryService
    from stacks.ground import Ground
    from stacks.settings import Settings
    from toolchain.images.layout import ImageLayout

NODE_IMAGES = (
    "node-binaries", "pause", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
    "cilium", "cilium-operator-generic", "api-runtime", "frontend-runtime", "coredns", "ferretdb", "traefik",
    "metrics-server",
)  # fmt: skip
"""Pulled by the nodes from the environment's registry, or built upon; in the order in which they are needed."""


@dataclass(frozen=True)
class Foundation:
    """What the next layers build on."""

    authority: sdk.CertificateAuthority
    ssh_key: sdk.SshKey
    registry: RegistryService
    images: PlatformImages
    machines: Sequence[Machine]
    doors: Doors
    cluster: Cluster

    @property
    def inside_cluster(self) -> pulumi.ResourceOptions:
        """Options for what lives in the cluster: once its control plane goes, nothing is deleted one by one."""
        return _gone_with(self.cluster.control_plane)


PLACES = {"containers": "container_ground", "ssh": "host_ground", "aws": "cloud_ground"}
"""Module of each place; one that is not used is not loaded either."""


async def lay(stack: str, settings: Settings) -> Foundation:
    """Create the layer in the place that the settings name.

    Raises:
        SettingsError: The place needs to know more, such as the key of a host.
    """
    authority = sdk.CertificateAuthority("authority", common_name=f"slipway {stack}")
    ssh_key = sdk.SshKey("ssh", comment=f"slipway-{stack}")
    place = importlib.import_module(f"stacks.{PLACES[settings.place]}")
    watch_images = (WATCH_IMAGE,) if settings.drift.watch else ()
    registry_images = (*place.HOST_PACKAGES.values(), *place.LOGIN_IMAGES, *NODE_IMAGES, *watch_images)
    layouts = {name: image(name) for name in (*place.ENGINE_IMAGES, *registry_images)}
    ground = await place.lay(stack, settings, Trust(authority, ssh_key), layouts)
    registry = ground.registry
    images = PlatformImages(
        "images", PlatformImagesArgs(registry=registry, images={name: layouts[name] for name in registry_images})
    )
    hosts = HostSettings(
        ssh_private_key=ssh_key.private_key,
        registry=registry,
        ca_pem=authority.certificate_pem,
        node_binaries_digest=layouts["node-binaries"].layers[0].digest,
        node_binaries=images.resources["node-binaries"],
        package_layers={distribution: _layer(layouts[name]) for distribution, name in place.HOST_PACKAGES.items()},
        packages=[images.resources[name] for name in (*place.HOST_PACKAGES.values(), *place.LOGIN_IMAGES)],
        login_layer=next((_layer(layouts[name]) for name in place.LOGIN_IMAGES), None),
        volume_pools={settings.database.pool: 1},
        # kubeadm names its own by tag; the reference must be the one that the kubelet will ask for.
        prefetched_images=[
            f"{reference(registry, layouts['kube-proxy'].repository)}:{layouts['kube-proxy'].tag}",
            f"{reference(registry, layouts['cilium'].repository)}@{layouts['cilium'].digest}",
        ],
    )
    return Foundation(
        authority=authority,
        ssh_key=ssh_key,
        registry=registry,
        images=images,
        machines=list(ground.machines.values()),
        doors=ground.doors,
        cluster=_cluster(stack, ground, hosts, images),
    )


def _layer(layout: ImageLayout) -> dict[str, str]:
    return {"repository": layout.repository, "digest": layout.layers[0].digest}


def _cluster(stack: str, ground: Ground, hosts: HostSettings, images: PlatformImages) -> Cluster:
    machines = list(ground.machines.values())
    control_planes = [machine for machine in machines if "control-plane" in machine.plan.roles]
    workers = [machine for machine in machines if "worker" in machine.plan.roles]
    balanced: list[pulumi.Resource] = []
    targets: dict[str, list[pulumi.Resource]] = {}
    if balancer := ground.load_balancer:
        attached = [balancer.attach_control_plane(machine) for machine in control_planes]
        balanced = [*balancer.listeners, *itertools.chain(*attached)]
        targets = {machine.name: balancer.attach_worker(machine) for machine in workers}
    return Cluster(
        "cluster",
        ClusterArgs(
            name=f"slipway-{stack}",
            load_balancers=[machine for machine in machines if "load-balancer" in machine.plan.roles],
            virtual_ip=ground.virtual_ip,
            endpoint=ground.endpoint,
            balanced=balanced,
            targets=targets,
            control_planes=control_planes,
            workers=workers,
            hosts=hosts,
            images=images,
            api_server=ground.doors.api_server,
            shared_processors=ground.shared_processors,
            kubectl=str(lookup.executable("kubectl")),
        ),
    )


def _gone_with(machine: pulumi.Resource | None) -> pulumi.ResourceOptions:

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        merged = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(deleted_with=machine))
        return pulumi.ResourceTransformationResult(args.props, merged)

    return pulumi.ResourceOptions(transformations=[transform])
