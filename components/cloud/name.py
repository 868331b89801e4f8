"""The public name of an environment in Route 53: a zone, and a record that follows the load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from plugins.slipway.sdk import aws

if TYPE_CHECKING:
    from components.cloud.load_balancer import CloudLoadBalancer


@dataclass(frozen=True)
class CloudNameArgs:
    """Which name leads where."""

    zone: str
    public_name: str
    balancer: CloudLoadBalancer


class CloudName(pulumi.ComponentResource):
    """A hosted zone with one record; whoever owns the zone above delegates to its name servers."""

    name_servers: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: CloudNameArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("slipway:index:CloudName", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        zone = aws.HostedZone("zone", name=args.zone, opts=child)
        aws.DnsRecord(
            "record",
            zone_id=zone.zone_id,
            name=args.public_name,
            type="A",
            alias={"name": args.balancer.dns_name, "zoneId": args.balancer.zone_id},
            opts=child,
        )
        self.name_servers = zone.name_servers
        self.register_outputs({"nameServers": self.name_servers})
