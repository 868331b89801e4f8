"""The ``NatGateway`` resource class.

A route to it is said by ``RouteTable``.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class NatGateway(pulumi.CustomResource):
    """The way from private subnets to the internet, with its Elastic IP."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        subnet_id: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            subnet_id: Public subnet that it is in; another one replaces it.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "subnetId": subnet_id,
            "name": name,
            "tags": tags,
            "arn": None,
            "publicIp": None,
            "privateIp": None,
            "allocationId": None,
            "vpcId": None,
        }
        super().__init__("slipway:aws:NatGateway", resource_name, properties, opts)

    @property
    @pulumi.getter(name="subnetId")
    def subnet_id(self) -> pulumi.Output[str]:
        """Subnet."""
        return property_output(self, "subnetId")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="publicIp")
    def public_ip(self) -> pulumi.Output[str]:
        """Address under which the internet sees what goes through it."""
        return property_output(self, "publicIp")

    @property
    @pulumi.getter(name="privateIp")
    def private_ip(self) -> pulumi.Output[str]:
        """Its address in the subnet."""
        return property_output(self, "privateIp")

    @property
    @pulumi.getter(name="allocationId")
    def allocation_id(self) -> pulumi.Output[str]:
        """Id of its Elastic IP."""
        return property_output(self, "allocationId")

    @property
    @pulumi.getter(name="vpcId")
    def vpc_id(self) -> pulumi.Output[str]:
        """VPC."""
        return property_output(self, "vpcId")
