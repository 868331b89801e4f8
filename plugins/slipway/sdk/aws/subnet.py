"""The ``Subnet`` resource class.

Which route table it uses is said by ``RouteTable``.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Subnet(pulumi.CustomResource):
    """A part of a VPC's addresses in one zone."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        vpc_id: pulumi.Input[str],
        cidr_block: pulumi.Input[str],
        availability_zone: pulumi.Input[str] | None = None,
        map_public_ip_on_launch: pulumi.Input[bool] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            vpc_id: VPC; another one replaces the subnet.
            cidr_block: IPv4 network, a part of the VPC's; another one replaces the subnet.
            availability_zone: Zone, such as ``eu-central-1a``; AWS chooses when absent, another one replaces.
            map_public_ip_on_launch: Whether machines get a public address; false when absent.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "vpcId": vpc_id,
            "cidrBlock": cidr_block,
            "availabilityZone": availability_zone,
            "mapPublicIpOnLaunch": map_public_ip_on_launch,
            "name": name,
            "tags": tags,
            "arn": None,
        }
        super().__init__("slipway:aws:Subnet", resource_name, properties, opts)

    @property
    @pulumi.getter(name="vpcId")
    def vpc_id(self) -> pulumi.Output[str]:
        """VPC."""
        return property_output(self, "vpcId")

    @property
    @pulumi.getter(name="cidrBlock")
    def cidr_block(self) -> pulumi.Output[str]:
        """IPv4 network."""
        return property_output(self, "cidrBlock")

    @property
    @pulumi.getter(name="availabilityZone")
    def availability_zone(self) -> pulumi.Output[str]:
        """Zone."""
        return property_output(self, "availabilityZone")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")
