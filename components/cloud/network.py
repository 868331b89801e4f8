"""A VPC over three zones: public subnets for what the internet may reach, private ones for machines, and ways between.

What listens in it is not its business; who may talk to whom is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cluster import API_PORT, HEALTH_NODE_PORT, HTTP_NODE_PORT, HTTPS_NODE_PORT
from plugins.slipway.sdk import aws

EVERYWHERE = "0.0.0.0/0"
SSH_PORT, HTTP_PORT, HTTPS_PORT = 22, 80, 443
ELSEWHERE: aws.Route = {"destinationCidrBlock": EVERYWHERE}
PARTS = 8
"""Equal subnets that the VPC is divided into: a public and a private one a zone, the others are room to grow."""
PRIVATE = 4
"""The first part that is private."""


@dataclass(frozen=True)
class CloudNetworkArgs:
    """What a network in AWS is made of."""

    environment: str
    cidr: str
    zones: Sequence[str]
    admin_cidrs: Sequence[str]
    """From where the bastion and the Kubernetes API can be reached."""
    nat_in_every_zone: bool


class CloudNetwork(pulumi.ComponentResource):
    """Subnets in the order of the zones, and one security group for each kind of thing in them."""

    vpc_id: pulumi.Output[str]
    public_subnets: Sequence[aws.Subnet]
    private_subnets: Sequence[aws.Subnet]
    routes: Sequence[pulumi.Resource]
    """What has to be there before a machine reaches anything outside."""
    nat_addresses: Sequence[pulumi.Output[str]]
    """From where the machines are seen outside."""
    load_balancer_group: aws.SecurityGroup
    bastion_group: aws.SecurityGroup
    machine_group: aws.SecurityGroup

    def __init__(self, name: str, args: CloudNetworkArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("slipway:index:CloudNetwork", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        vpc = aws.Vpc("vpc", name=self._named(), cidr_block=args.cidr, opts=self._child)
        self.vpc_id = vpc.id
        self.public_subnets = self._subnets("public", 0, public=True)
        self.private_subnets = self._subnets("private", PRIVATE, public=False)
        self.routes, self.nat_addresses = self._routes()
        self.load_balancer_group = self._group("load-balancer", self._to_load_balancer())
        self.bastion_group = self._group("bastion", [_tcp(SSH_PORT, "SSH of administrators", cidrs=args.admin_cidrs)])
        self.machine_group = self._group("machines", self._to_machines(), talks_to_itself=True)
        self.register_outputs({"vpcId": self.vpc_id})

    def _named(self, *parts: str) -> str:
        return "-".join(["slipway", self._args.environment, *parts])

    def _subnets(self, kind: str, first: int, *, public: bool) -> list[aws.Subnet]:
        blocks = list(ipaddress.IPv4Network(self._args.cidr).subnets(prefixlen_diff=PARTS.bit_length() - 1))
        return [
            aws.Subnet(
                f"{kind}-{zone}",
                name=self._named(kind, zone),
                vpc_id=self.vpc_id,
                cidr_block=str(blocks[first + index]),
                availability_zone=zone,
                map_public_ip_on_launch=public,
                opts=self._child,
            )
            for index, zone in enumerate(self._args.zones)
        ]

    def _routes(self) -> tuple[list[pulumi.Resource], list[pulumi.Output[str]]]:
        gateway = aws.InternetGateway("internet", name=self._named(), vpc_id=self.vpc_id, opts=self._child)
        public = self._table("public", {**ELSEWHERE, "gatewayId": gateway.id}, self.public_subnets)
        # A NAT gateway without the way to the internet comes up, but translates into nowhere.
        after = pulumi.ResourceOptions(parent=self, depends_on=[public])
        zones = self._args.zones if self._args.nat_in_every_zone else self._args.zones[:1]
        nats = [
            aws.NatGateway(f"nat-{zone}", name=self._named(zone), subnet_id=subnet.id, opts=after)
            for zone, subnet in zip(zones, self.public_subnets, strict=False)
        ]
        private = [
            self._table(f"private-{zone}", {**ELSEWHERE, "natGatewayId": nats[index % len(nats)].id}, [subnet])
            for index, (zone, subnet) in enumerate(zip(self._args.zones, self.private_subnets, strict=True))
        ]
        return [public, *private], [nat.public_ip for nat in nats]

    def _table(self, name: str, route: aws.Route, subnets: Sequence[aws.Subnet]) -> aws.RouteTable:
        return aws.RouteTable(
            f"routes-{name}",
            name=self._named(name),
            vpc_id=self.vpc_id,
            routes=[route],
            subnet_ids=[subnet.id for subnet in subnets],
            opts=self._child,
        )

    def _group(self, name: str, ingress: list[aws.Rule], *, talks_to_itself: bool = False) -> aws.SecurityGroup:
        among: list[aws.Rule] = [{"protocol": "all", "self": True, "description": "Machines among each other"}]
        return aws.SecurityGroup(
            f"group-{name}",
            name=self._named(name),
            description=f"slipway {self._args.environment}: {name}",
            vpc_id=self.vpc_id,
            ingress=[*ingress, *(among if talks_to_itself else [])],
            egress=[{"protocol": "all", "cidrBlocks": [EVERYWHERE]}],
            opts=self._child,
        )

    def _to_load_balancer(self) -> list[aws.Rule]:
        machines = [address.apply(lambda ip: f"{ip}/32") for address in self.nat_addresses]
        return [
            _tcp(HTTP_PORT, "HTTP, which redirects", cidrs=[EVERYWHERE]),
            _tcp(HTTPS_PORT, "The application", cidrs=[EVERYWHERE]),
            _tcp(API_PORT, "The Kubernetes API for administrators and for the machines",
                 cidrs=[*self._args.admin_cidrs, *machines]),
        ]  # fmt: skip

    def _to_machines(self) -> list[aws.Rule]:
        balancer, bastion = self.load_balancer_group.id, self.bastion_group.id
        ports = {
            API_PORT: "The Kubernetes API",
            HTTP_NODE_PORT: "HTTP of the gateway",
            HTTPS_NODE_PORT: "HTTPS of the gateway",
            HEALTH_NODE_PORT: "Health of the gateway",
        }
        return [
            *(_tcp(port, f"{what} from the load balancer", groups=[balancer]) for port, what in ports.items()),
            _tcp(SSH_PORT, "SSH from the bastion", groups=[bastion]),
        ]


def _tcp(
    port: int,
    description: str,
    *,
    cidrs: Sequence[pulumi.Input[str]] = (),
    groups: Sequence[pulumi.Input[str]] = (),
) -> aws.Rule:
    rule: aws.Rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "description": description}
    return {**rule, "cidrBlocks": list(cidrs)} if cidrs else {**rule, "sourceSecurityGroupIds": list(groups)}
