"""The ``NetworkLoadBalancer`` resource class.

What it listens on and where it sends that is said by ``Listener`` and ``TargetGroup``.
"""

from collections.abc import Mapping, Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class NetworkLoadBalancer(pulumi.CustomResource):
    """A load balancer at the level of connections."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        internal: pulumi.Input[bool] | None = None,
        security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        cross_zone: pulumi.Input[bool] | None = None,
        deletion_protection: pulumi.Input[bool] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            subnet_ids: Subnets, one a zone.
            internal: Whether only the VPC reaches it; false when absent, another value replaces.
            security_group_ids: Security groups; AWS allows them only from the beginning, so the first and the last
                one replace.
            cross_zone: Whether every zone's address sends to the machines of all zones; true when absent.
            deletion_protection: Whether AWS refuses its deletion; false when absent.
            name: The tag ``Name``, and the beginning of its name at AWS.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "subnetIds": subnet_ids,
            "internal": internal,
            "securityGroupIds": security_group_ids,
            "crossZone": cross_zone,
            "deletionProtection": deletion_protection,
            "name": name,
            "tags": tags,
            "arn": None,
            "dnsName": None,
            "zoneId": None,
            "loadBalancerName": None,
        }
        super().__init__("slipway:aws:NetworkLoadBalancer", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="dnsName")
    def dns_name(self) -> pulumi.Output[str]:
        """Name that has its addresses."""
        return property_output(self, "dnsName")

    @property
    @pulumi.getter(name="zoneId")
    def zone_id(self) -> pulumi.Output[str]:
        """Hosted zone of that name, for aliases."""
        return property_output(self, "zoneId")

    @property
    @pulumi.getter(name="loadBalancerName")
    def load_balancer_name(self) -> pulumi.Output[str]:
        """Name at AWS."""
        return property_output(self, "loadBalancerName")
