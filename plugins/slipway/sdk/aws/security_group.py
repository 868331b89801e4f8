"""The ``SecurityGroup`` resource class.

Which machines are in it is said by ``LaunchTemplate``.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Rule(TypedDict):
    """Openings, in the spelling of the state: each source may use each port."""

    protocol: pulumi.Input[str]
    """``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``all``, or a number."""
    fromPort: NotRequired[pulumi.Input[int]]
    """First port; needed for tcp and udp."""
    toPort: NotRequired[pulumi.Input[int]]
    """Last port; ``fromPort`` when absent."""
    cidrBlocks: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """IPv4 networks."""
    ipv6CidrBlocks: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """IPv6 networks."""
    prefixListIds: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Prefix lists."""
    sourceSecurityGroupIds: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Other security groups: whoever is in one of them."""
    self: NotRequired[pulumi.Input[bool]]
    """Whoever is in this group."""
    description: NotRequired[pulumi.Input[str]]
    """Why it is open."""


class SecurityGroup(pulumi.CustomResource):
    """Who may talk to the machines in it, and to whom they may; what is not opened is closed."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        vpc_id: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        ingress: pulumi.Input[Sequence[pulumi.Input[Rule]]] | None = None,
        egress: pulumi.Input[Sequence[pulumi.Input[Rule]]] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            vpc_id: VPC; another one replaces the group.
            description: What it is for; another one replaces the group.
            ingress: What is let in; nothing when absent. Order and grouping mean nothing.
            egress: What is let out; nothing when absent.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "vpcId": vpc_id,
            "description": description,
            "ingress": ingress,
            "egress": egress,
            "name": name,
            "tags": tags,
            "arn": None,
            "groupName": None,
        }
        super().__init__("slipway:aws:SecurityGroup", resource_name, properties, opts)

    @property
    @pulumi.getter(name="vpcId")
    def vpc_id(self) -> pulumi.Output[str]:
        """VPC."""
        return property_output(self, "vpcId")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="groupName")
    def group_name(self) -> pulumi.Output[str]:
        """Generated name."""
        return property_output(self, "groupName")
