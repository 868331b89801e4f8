"""The place `aws`: machines are EC2 instances in private subnets, spread over the zones of a region.

They are reached through a bastion, with the environment's key; their host keys are known before they boot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.cloud.first_boot import cloud_config
from components.machine import SSH_USER, JumpHost, Machine, MachinePlan
from plugins.slipway import sdk
from plugins.slipway.sdk import aws

if TYPE_CHECKING:
    from components.cloud.network import CloudNetwork


PULL_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"


@dataclass(frozen=True)
class InstanceKind:
    """What the instances of one pool have in common."""

    instance_type: str
    disk_gib: int
    spot: bool = False


@dataclass(frozen=True)
class CloudPlace:
    """What every instance of one environment shares."""

    environment: str
    network: CloudNetwork
    image_id: str
    """Machine image; a newer one is for machines that are made later."""
    authorized_key: pulumi.Output[str]
    opts: pulumi.ResourceOptions

    def bastion(self, kind: InstanceKind) -> JumpHost:
        """Make the one machine that administrators reach, which leads to all others."""
        network = self.network
        host_key, instance = self._instance("bastion", kind, network.bastion_group, network.public_subnets[0])
        address = instance.public_ip.apply(str)
        return JumpHost(address=address, port=22, user=SSH_USER, host_key=host_key.public_key, own_key=True)

    def machine(
        self, plan: MachinePlan, kind: InstanceKind, jump: JumpHost, *, role: aws.InstanceRole, index: int
    ) -> Machine:
        """Make one machine of the cluster.

        Args:
            plan: its name and size.
            kind: what all of its pool are.
            jump: what it is reached through.
            role: what it may do in AWS.
            index: its number among those of its pool, which chooses the zone.
        """
        subnets = self.network.private_subnets
        subnet = subnets[index % len(subnets)]
        host_key, instance = self._instance(plan.name, kind, self.network.machine_group, subnet, role)
        return Machine(
            plan=plan,
            address=instance.private_ip,
            host_key=host_key.public_key,
            identity=instance.instance_id,
            disposable=True,
            jump=jump,
            resource=instance,
        )

    def _instance(
        self,
        name: str,
        kind: InstanceKind,
        group: aws.SecurityGroup,
        subnet: aws.Subnet,
        role: aws.InstanceRole | None = None,
    ) -> tuple[sdk.SshKey, aws.Instance]:
        host_key = sdk.SshKey(f"{name}-host-key", comment=name)
        user_data = pulumi.Output.all(self.authorized_key, host_key.private_key, host_key.public_key).apply(
            lambda keys: cloud_config(name, SSH_USER, *keys)
        )
        template = aws.LaunchTemplate(
            f"{name}-template",
            name=f"slipway-{self.environment}-{name}",
            image_id=self.image_id,
            instance_type=kind.instance_type,
            security_group_ids=[group.id],
            instance_profile_arn=role.instance_profile_arn if role else None,
            user_data=user_data,
            root_volume={"sizeGib": kind.disk_gib},
            spot={"enabled": True} if kind.spot else None,
            opts=self.opts,
        )
        # No version is named: what changes in the template is for successors, and no machine goes for it.
        instance = aws.Instance(
            name,
            name=f"slipway-{self.environment}-{name}",
            launch_template_id=template.id,
            subnet_id=subnet.id,
            opts=pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(depends_on=list(self.network.routes))),
        )
        return host_key, instance


def machine_role(place: CloudPlace) -> aws.InstanceRole:
    """Make what machines of the cluster may do in AWS: pull images, and nothing else."""
    return aws.InstanceRole(
        "machine-role",
        name=f"slipway-{place.environment}-machine",
        managed_policy_arns=[PULL_ONLY],
        opts=place.opts,
    )
