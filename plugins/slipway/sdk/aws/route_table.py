"""The ``RouteTable`` resource class.

The VPC's own routes, and those of endpoints and VPNs, are none of its business.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Route(TypedDict):
    """One route, in the spelling of the state."""

    destinationCidrBlock: pulumi.Input[str]
    """IPv4 network; ``0.0.0.0/0`` is the rest of the world."""
    gatewayId: NotRequired[pulumi.Input[str]]
    """Internet gateway; either this or ``natGatewayId``."""
    natGatewayId: NotRequired[pulumi.Input[str]]
    """NAT gateway."""


class RouteTable(pulumi.CustomResource):
    """Where packets that leave a subnet go."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        vpc_id: pulumi.Input[str],
        routes: pulumi.Input[Sequence[pulumi.Input[Route]]] | None = None,
        subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            vpc_id: VPC; another one replaces the table.
            routes: Routes beside those that AWS makes itself; their order means nothing.
            subnet_ids: Subnets that use the table.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "vpcId": vpc_id,
            "routes": routes,
            "subnetIds": subnet_ids,
            "name": name,
            "tags": tags,
            "arn": None,
        }
        super().__init__("slipway:aws:RouteTable", resource_name, properties, opts)

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
