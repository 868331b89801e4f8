"""The ``InternetGateway`` resource class.

A route to it is said by ``RouteTable``.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class InternetGateway(pulumi.CustomResource):
    """The way from a VPC to the internet."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        vpc_id: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            vpc_id: VPC; another one replaces the gateway.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "vpcId": vpc_id,
            "name": name,
            "tags": tags,
            "arn": None,
        }
        super().__init__("slipway:aws:InternetGateway", resource_name, properties, opts)

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
