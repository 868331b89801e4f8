"""The ``HostedZone`` resource class.

They are ``DnsRecord``.
"""

from collections.abc import Mapping, Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class HostedZone(pulumi.CustomResource):
    """The records of one domain."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
        comment: pulumi.Input[str] | None = None,
        vpc_id: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            name: Domain, without a dot at the end; another one replaces the zone.
            comment: Comment.
            vpc_id: VPC that alone sees the zone; everybody sees it when absent. Another one replaces.
            force_destroy: Whether foreign records are deleted with the zone; false when absent.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "name": name,
            "comment": comment,
            "vpcId": vpc_id,
            "forceDestroy": force_destroy,
            "tags": tags,
            "arn": None,
            "zoneId": None,
            "nameServers": None,
        }
        super().__init__("slipway:aws:HostedZone", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="zoneId")
    def zone_id(self) -> pulumi.Output[str]:
        """Id."""
        return property_output(self, "zoneId")

    @property
    @pulumi.getter(name="nameServers")
    def name_servers(self) -> pulumi.Output[Sequence[str]]:
        """Name servers that the domain's parent must name; none for a private zone."""
        return property_output(self, "nameServers")

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Domain."""
        return property_output(self, "name")
