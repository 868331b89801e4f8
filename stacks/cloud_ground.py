"""The place `aws`: a network over three zones, a load balancer, repositories and instances.

Before anything is made, AWS is asked whether it has the zones, the machine image and the instance types.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.cloud.load_balancer import NOTICED_SECONDS, CloudLoadBalancer, CloudLoadBalancerArgs
from components.cloud.name import CloudName, CloudNameArgs
from components.cloud.network import CloudNetwork, CloudNetworkArgs
from components.cloud.registry import EcrDoor, EcrRegistry, EcrRegistryArgs
from components.cluster import API_PORT
from components.doors import Doors
from components.places.aws import CloudPlace, InstanceKind, machine_role
from components.registry import Detour
from plugins.slipway.sdk import aws
from stacks import addresses, cloud_facts, machine_plans
from stacks.ground import APPLICATION_REPOSITORIES, Ground, Trust
from stacks.settings_model import CREDENTIAL_PROVIDER_IMAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.machine import Machine
    from components.registry import RegistryService
    from stacks.settings import Settings
    from stacks.settings_aws import Aws, Emulator
    from toolchain.images.layout import ImageLayout

ENGINE_IMAGES: tuple[str, ...] = ()
"""Run by the container engine of this computer: none."""
BASTION_DISK_GIB = 8
REGION_IN_HOST = 3
"""Which part of `ACCOUNT.dkr.ecr.REGION.amazonaws.com` is the region."""
REGISTRY_CA = "/usr/local/share/ca-certificates/slipway-registry.crt"
"""Where the role host puts the CA of a registry that is not what its name says."""
LOGIN_IMAGES = (CREDENTIAL_PROVIDER_IMAGE,)
"""What nodes ask for logins to ECR, which end after hours."""
HOST_PACKAGES: Mapping[str, str] = {}
"""None: Debian's machine image brings them, or fetches them from Debian."""


async def lay(stack: str, settings: Settings, trust: Trust, layouts: Mapping[str, ImageLayout]) -> Ground:
    """Create the network, the load balancer, the repositories and the machines.

    Raises:
        SettingsError: AWS does not have what the settings ask for.
        RunError: AWS cannot be asked, or it is not the emulated one that the settings want.
    """
    cloud = settings.aws
    if cloud is None:  # settings_aws sees to it
        raise ValueError("the place aws needs slipway:aws")
    if cloud.emulator:
        _refuse_other_clouds(stack, cloud.emulator)
    provider = _provider(stack, cloud)
    options = pulumi.ResourceOptions(provider=provider)
    facts = await cloud_facts.ask(stack, settings, cloud, provider)
    network = CloudNetwork(
        "network",
        CloudNetworkArgs(
            environment=stack,
            cidr=cloud.cidr,
            zones=facts.zones,
            admin_cidrs=cloud.admin_cidrs,
            nat_in_every_zone=cloud.nat == "zonal",
        ),
        options,
    )
    balancer = CloudLoadBalancer("load-balancer", CloudLoadBalancerArgs(stack, network), options)
    place = CloudPlace(
        environment=stack,
        network=network,
        image_id=facts.image_id,
        authorized_key=trust.ssh_key.public_key,
        opts=options,
    )
    if cloud.hosted_zone:
        CloudName("name", CloudNameArgs(cloud.hosted_zone, settings.public_name, balancer), options)
    address = _entrance(cloud.emulator, balancer)
    return Ground(
        registry=_registry(stack, cloud, facts, layouts, options),
        machines=_machines(place, settings, cloud),
        doors=Doors(address, http_port=80, https_port=443, api_server_port=API_PORT, noticed_seconds=NOTICED_SECONDS),
        endpoint=address,
        load_balancer=balancer,
        shared_processors=cloud.emulator is not None,
    )


def _provider(stack: str, cloud: Aws) -> aws.AwsProvider:
    return aws.AwsProvider(
        "aws",
        region=cloud.region,
        profile=cloud.profile,
        role_arn=cloud.role_arn,
        endpoint_url=cloud.emulator.endpoint if cloud.emulator else None,
        default_tags={"slipway:project": "slipway", "slipway:environment": stack},
    )


def _refuse_other_clouds(stack: str, emulator: Emulator) -> None:
    """See that nothing of an environment that is only tried is ever made in somebody's account."""
    if os.environ.get("AWS_ENDPOINT_URL") != emulator.endpoint:
        raise pulumi.RunError(
            f"'{stack}' is an emulated cloud, and AWS_ENDPOINT_URL does not lead to it ({emulator.endpoint}).\n"
            f'Use slipway up {stack}, or for plain Pulumi: eval "$(slipway env {stack})"'
        )


def _entrance(emulator: Emulator | None, balancer: CloudLoadBalancer) -> pulumi.Output[str]:
    """Return the load balancer's name; its address where that name is known to nobody."""
    if emulator is None:
        return balancer.dns_name
    known = addresses.address(emulator.network, addresses.EMULATED_LOAD_BALANCER)
    return balancer.dns_name.apply(lambda _: known)


def _registry(
    stack: str,
    cloud: Aws,
    facts: cloud_facts.CloudFacts,
    layouts: Mapping[str, ImageLayout],
    options: pulumi.ResourceOptions,
) -> RegistryService:
    return EcrRegistry(
        "registry",
        EcrRegistryArgs(
            environment=stack,
            host=facts.login.server,
            region=facts.login.server.split(".")[REGION_IN_HOST],
            username=facts.login.user,
            password=pulumi.Output.secret(facts.login.password),
            repositories=[*(layout.repository for layout in layouts.values()), *APPLICATION_REPOSITORIES],
            keep_images=cloud.keep_images,
            door=_door(cloud.emulator) if cloud.emulator else None,
        ),
        options,
    )


def _door(emulator: Emulator) -> EcrDoor:
    # The variables with which everything here talks to it come from slipway; see toolchain/emulator.
    ca_pem = Path(os.environ["AWS_CA_BUNDLE"]).read_text(encoding="utf-8")
    return EcrDoor(
        detour=Detour(emulator.endpoint, ca_pem),
        published=f"127.0.0.1:{emulator.registry_port}",
        environment={
            "AWS_ENDPOINT_URL": emulator.endpoint,
            "AWS_CA_BUNDLE": REGISTRY_CA,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": emulator.endpoint,
        },
    )


def _machines(place: CloudPlace, settings: Settings, cloud: Aws) -> Mapping[str, Machine]:
    """Make the bastion, and all machines of the cluster, those of each pool spread over the zones."""
    bastion = place.bastion(InstanceKind(cloud.bastion_type, disk_gib=BASTION_DISK_GIB))
    role = machine_role(place)
    size = settings.control_plane
    kinds = {"control-plane": InstanceKind(size.instance_type or "", size.disk_gib)} | {
        pool.name: InstanceKind(pool.instance_type or "", pool.disk_gib, pool.spot) for pool in settings.pools
    }
    made: dict[str, Machine] = {}
    for plan in (*machine_plans.control_plane_plans(settings), *machine_plans.worker_plans(settings)):
        index = sum(1 for machine in made.values() if machine.plan.pool == plan.pool)
        made[plan.name] = place.machine(plan, kinds[plan.pool], bastion, role=role, index=index)
    return made
