"""The ``Vpc`` resource class.

It makes no parts of the VPC: those are resources of their own.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Vpc(pulumi.CustomResource):
    """A network of one's own in a region; its default security group is closed."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        cidr_block: pulumi.Input[str],
        enable_dns_support: pulumi.Input[bool] | None = None,
        enable_dns_hostnames: pulumi.Input[bool] | None = None,
        default_security_group_closed: pulumi.Input[bool] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            cidr_block: IPv4 network, /16 to /28; another one replaces the VPC.
            enable_dns_support: Whether the VPC answers DNS queries; true when absent.
            enable_dns_hostnames: Whether machines get public DNS names; true when absent.
            default_security_group_closed: Whether to take all rules from the default security group; true when
                absent.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "cidrBlock": cidr_block,
            "enableDnsSupport": enable_dns_support,
            "enableDnsHostnames": enable_dns_hostnames,
            "defaultSecurityGroupClosed": default_security_group_closed,
            "name": name,
            "tags": tags,
            "arn": None,
            "defaultSecurityGroupId": None,
            "mainRouteTableId": None,
        }
        super().__init__("slipway:aws:Vpc", resource_name, properties, opts)

    @property
    @pulumi.getter(name="cidrBlock")
    def cidr_block(self) -> pulumi.Output[str]:
        """IPv4 network."""
        return property_output(self, "cidrBlock")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="defaultSecurityGroupId")
    def default_security_group_id(self) -> pulumi.Output[str]:
        """Id of the default security group."""
        return property_output(self, "defaultSecurityGroupId")

    @property
    @pulumi.getter(name="mainRouteTableId")
    def main_route_table_id(self) -> pulumi.Output[str]:
        """Id of the main route table."""
        return property_output(self, "mainRouteTableId")
