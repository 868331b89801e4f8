"""The ``DnsRecord`` resource class.

A name that somebody else has made is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from plugins.slipway.sdk.property_output import property_output


class DnsRecord(pulumi.CustomResource):
    """All values of one name and type in a zone."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        zone_id: pulumi.Input[str],
        name: pulumi.Input[str],
        type: pulumi.Input[str],  # noqa: A002 - the word of DNS
        ttl: pulumi.Input[int] | None = None,
        records: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        alias: pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            zone_id: Zone; another one replaces, as do name and type.
            name: Full name, without a dot at the end.
            type: ``A``, ``AAAA``, ``CAA``, ``CNAME``, ``MX``, ``NS``, ``SRV`` or ``TXT``.
            ttl: Seconds that resolvers may keep it; 300 when absent. Not for an alias.
            records: Values; those of TXT in double quotes.
            alias: In place of values: ``name``, ``zoneId`` and ``evaluateHealth`` of something of AWS's.
        """
        properties = {
            "zoneId": zone_id,
            "name": name,
            "type": type,
            "ttl": ttl,
            "records": records,
            "alias": alias,
        }
        super().__init__("slipway:aws:DnsRecord", resource_name, properties, opts)

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Full name."""
        return property_output(self, "name")

    @property
    @pulumi.getter
    def type(self) -> pulumi.Output[str]:
        """Type."""
        return property_output(self, "type")
