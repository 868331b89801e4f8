"""The place `containers`: a network, a registry and machines, all of them containers of this computer's engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_docker as docker

from components.cluster import DATA_DIRECTORY as CLUSTER_DATA
from components.doors import Doors
from components.places import containers
from components.prepared_machine import LOCAL_VOLUMES
from components.registry import Registry, RegistryArgs
from plugins.slipway import sdk
from stacks import addresses, machine_plans
from stacks.ground import Ground, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.machine import Machine
    from stacks.settings import Settings
    from toolchain.images.layout import ImageLayout

ENGINE_IMAGES = ("machine", "registry")
"""Run by the container engine of this computer."""
LOGIN_IMAGES: tuple[str, ...] = ()
"""None: the registry's login is good for as long as the environment is there."""
HOST_PACKAGES: Mapping[str, str] = {}
"""None: the machines' image brings them."""


async def lay(stack: str, settings: Settings, trust: Trust, layouts: Mapping[str, ImageLayout]) -> Ground:
    """Create network, registry and machines; `layouts` has the engine's images by name."""
    blocks = sdk.AddressBlocks("addresses", names=[pool.name for pool in settings.pools], count=addresses.POOLS)
    network = docker.Network(
        "network",
        name=f"slipway-{stack}",
        labels=containers.network_labels(stack),
        ipam_configs=[docker.NetworkIpamConfigArgs(subnet=settings.network)],
    )
    engine_images = {name: containers.engine_image(stack, layouts[name]) for name in ENGINE_IMAGES}
    registry = Registry(
        "registry",
        RegistryArgs(
            environment=stack,
            image=engine_images["registry"].image_id,
            network=network,
            address=addresses.address(settings.network, addresses.REGISTRY),
            published_port=settings.ports.registry,
            authority=trust.authority,
        ),
    )
    place = containers.ContainerPlace(
        environment=stack,
        network=network,
        machine_image=engine_images["machine"].image_id,
        authorized_key=trust.ssh_key.public_key,
    )
    ports = settings.ports
    doors = Doors("127.0.0.1", http_port=ports.http, https_port=ports.https, api_server_port=ports.api_server)
    machines = _machines(place, settings, await blocks.blocks.future())
    return Ground(
        registry=registry,
        machines=machines,
        doors=doors,
        endpoint=next(iter(machines.values())).plan.address,
        shared_processors=True,
    )


def _machines(
    place: containers.ContainerPlace, settings: Settings, blocks: Mapping[str, int] | None
) -> Mapping[str, Machine]:
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
        for plan in machine_plans.worker_plans(settings, blocks)
    ]
    return {machine.name: machine for machine in (balancer, *control_planes, *workers)}
