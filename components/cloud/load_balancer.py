"""AWS's network load balancer in front of the API servers and of the gateway: one address, three ports.

A worker is its target from before it joins until after it has left, and gets users while a gateway there says that it
takes them. So whoever leaves, the gateway has moved first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.cluster import API_PORT, HEALTH_NODE_PORT, HTTP_NODE_PORT, HTTPS_NODE_PORT
from plugins.slipway.sdk import aws

if TYPE_CHECKING:
    from components.cloud.network import CloudNetwork
    from components.machine import Machine

Check = Mapping[str, str | int]
CHECK_SECONDS = 5
DRAIN_SECONDS = 30
"""How long open connections to a machine that leaves, or whose gateway ends, may last."""
FAILED_CHECKS = 2
NOTICED_SECONDS = 25
"""How long users may still be sent to a gateway that said it ends: two checks, and more for AWS to spread it."""


@dataclass(frozen=True)
class Door:
    """A port of the load balancer, and where it leads."""

    port: int
    node_port: int
    check: Check
    """How a target says that it takes requests; an open port alone says nothing about what is behind it."""
    unhealthy_draining_seconds: int = 0
    """How long connections last to one that says no."""


READY = {"protocol": "HTTPS", "port": str(API_PORT), "path": "/readyz"}
TAKES_REQUESTS: Check = {
    "protocol": "HTTP",
    "port": str(HEALTH_NODE_PORT),
    "path": "/ping",
    "healthyThreshold": FAILED_CHECKS,
    "unhealthyThreshold": FAILED_CHECKS,
}
API_DOOR = {"api": Door(API_PORT, API_PORT, READY)}
GATEWAY_DOORS = {
    "http": Door(80, HTTP_NODE_PORT, TAKES_REQUESTS, unhealthy_draining_seconds=DRAIN_SECONDS),
    "https": Door(443, HTTPS_NODE_PORT, TAKES_REQUESTS, unhealthy_draining_seconds=DRAIN_SECONDS),
}


@dataclass(frozen=True)
class CloudLoadBalancerArgs:
    """What a load balancer needs."""

    environment: str
    network: CloudNetwork


class CloudLoadBalancer(pulumi.ComponentResource):
    """A load balancer with a target group for each port."""

    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    listeners: Sequence[pulumi.Resource]
    """What has to be there before anything goes through."""

    def __init__(self, name: str, args: CloudLoadBalancerArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("slipway:index:CloudLoadBalancer", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self._balancer = balancer = aws.NetworkLoadBalancer(
            name,
            name=f"slipway-{args.environment}",
            subnet_ids=[subnet.id for subnet in args.network.public_subnets],
            security_group_ids=[args.network.load_balancer_group.id],
            cross_zone=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.network.routes[0]]),
        )
        self.dns_name, self.zone_id = balancer.dns_name, balancer.zone_id
        self._groups: Mapping[str, aws.TargetGroup] = {
            door: self._group(door, each) for door, each in {**API_DOOR, **GATEWAY_DOORS}.items()
        }
        self.listeners = [
            aws.Listener(
                f"listener-{door}",
                load_balancer_arn=balancer.arn,
                port=each.port,
                target_group_arn=self._groups[door].arn,
                opts=self._child,
            )
            for door, each in {**API_DOOR, **GATEWAY_DOORS}.items()
        ]
        self.register_outputs({"dnsName": self.dns_name})

    def _group(self, door: str, each: Door) -> aws.TargetGroup:
        return aws.TargetGroup(
            f"targets-{door}",
            name=f"slipway-{self._args.environment}-{door}",
            port=each.node_port,
            vpc_id=self._args.network.vpc_id,
            target_type="instance",
            health_check={**each.check, "intervalSeconds": CHECK_SECONDS},
            deregistration_delay_seconds=DRAIN_SECONDS,
            unhealthy_draining_seconds=each.unhealthy_draining_seconds,
            # A machine that came to itself with its own address would not get an answer.
            preserve_client_ip=False,
            opts=self._child,
        )

    def attach_control_plane(self, machine: Machine) -> list[pulumi.Resource]:
        """Send it what is for the API, from now on: it starts behind that address."""
        return [self._attach(machine, door, each) for door, each in API_DOOR.items()]

    def attach_worker(self, machine: Machine) -> list[pulumi.Resource]:
        """Send it what is for the gateway, whenever there is one on it."""
        return [self._attach(machine, door, each) for door, each in GATEWAY_DOORS.items()]

    def _attach(self, machine: Machine, door: str, each: Door) -> pulumi.Resource:
        return aws.TargetAttachment(
            f"{machine.name}-{door}-target",
            target_group_arn=self._groups[door].arn,
            target_id=machine.identity,
            port=each.node_port,
            # Where the load balancer itself goes, nobody's connections are waited for.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=self._balancer),
        )
