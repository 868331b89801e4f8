"""The resource type ``slipway:aws:Vpc``.

Its default security group, which would let everything in it talk to everything, is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.schema import BOOLEAN
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import VPC_CIDR, arn, by, interfaces
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_ATTRIBUTES = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}


class Vpc(Ec2Resource):
    """A network of one's own in a region."""

    noun = "Vpc"
    listing = ("describe_vpcs", "Vpcs", "VpcId")
    inputs: ClassVar = {
        **TAGGED,
        "cidrBlock": VPC_CIDR.needed.forces,
        "enableDnsSupport": BOOLEAN.by_default(True),
        "enableDnsHostnames": BOOLEAN.by_default(True),
        "defaultSecurityGroupClosed": BOOLEAN.by_default(True),
    }
    outputs = ("arn", "defaultSecurityGroupId", "mainRouteTableId")

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the VPC; its attributes can only be set once it is there."""
        marks = tags.specification("vpc", wanted["tags"], api.token)
        answer = await api.ec2("create_vpc", CidrBlock=wanted["cidrBlock"], TagSpecifications=marks)
        return str(answer["Vpc"]["VpcId"])

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it is available."""

        async def available() -> bool | None:
            found = await self.look(api, id)
            return True if found and found["State"] == "available" else None

        await api.wait("the VPC to be available", available)

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the VPC, its attributes and its default group."""
        found = await self.look(api, id)
        if found is None:
            return None
        attributes = {
            key: (await api.ec2("describe_vpc_attribute", VpcId=id, Attribute=key))[name]["Value"]
            for key, name in _ATTRIBUTES.items()
        }
        group = await _default_group(api, id)
        tables = await api.listed("ec2", "describe_route_tables", "RouteTables", Filters=by("vpc-id", id))
        main = [table for table in tables if any(item.get("Main") for item in table["Associations"])]
        return {
            **attributes,
            "cidrBlock": found["CidrBlock"],
            "tags": tags.from_api(found.get("Tags")),
            "arn": await arn(api, "vpc", id, found["OwnerId"]),
            "defaultSecurityGroupId": group["GroupId"],
            "defaultSecurityGroupClosed": not group["IpPermissions"] and not group["IpPermissionsEgress"],
            "mainRouteTableId": main[0]["RouteTableId"] if main else None,
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set one attribute at a time, as the API wants it, and close the default group."""
        for key, name in _ATTRIBUTES.items():
            if seen[key] != wanted[key]:
                await api.call("ec2", "modify_vpc_attribute", VpcId=id, **{name: {"Value": wanted[key]}})
        if seen["defaultSecurityGroupClosed"] and not wanted["defaultSecurityGroupClosed"]:
            await _open(api, seen["defaultSecurityGroupId"])
        elif wanted["defaultSecurityGroupClosed"] and not seen["defaultSecurityGroupClosed"]:
            await _close(api, id)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the VPC; its default group and main route table go with it."""
        del state
        await api.ec2("delete_vpc", VpcId=id)

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Name what is left in it."""
        subnets = await api.listed("ec2", "describe_subnets", "Subnets", Filters=by("vpc-id", id))
        groups = await api.listed("ec2", "describe_security_groups", "SecurityGroups", Filters=by("vpc-id", id))
        gateways = await api.listed(
            "ec2", "describe_internet_gateways", "InternetGateways", Filters=by("attachment.vpc-id", id)
        )
        return [
            *(f"subnet {item['SubnetId']}" for item in subnets),
            *(f"security group {item['GroupId']}" for item in groups if item["GroupName"] != "default"),
            *(f"internet gateway {item['InternetGatewayId']}" for item in gateways),
            *await interfaces(api, "vpc-id", id),
        ]


async def _default_group(api: Api, id: str) -> dict[str, Any]:  # noqa: A002
    filters = [*by("vpc-id", id), *by("group-name", "default")]
    # It comes with the VPC, yet a moment after it.
    return await api.wait(
        "the VPC's default security group",
        lambda: api.first("ec2", "describe_security_groups", "SecurityGroups", Filters=filters),
    )


async def _close(api: Api, id: str) -> None:  # noqa: A002
    """Take every rule from the default group, so that nothing gets openings that nobody asked for."""
    group = await _default_group(api, id)
    if rules := group["IpPermissions"]:
        await api.ec2("revoke_security_group_ingress", GroupId=group["GroupId"], IpPermissions=rules)
    if rules := group["IpPermissionsEgress"]:
        await api.ec2("revoke_security_group_egress", GroupId=group["GroupId"], IpPermissions=rules)
    await api.ctx.log("info", f"Closed the default security group {group['GroupId']}: it has no rules any more.")


async def _open(api: Api, group_id: str) -> None:
    """Give the default group the rules back that AWS had given it."""
    everything = {"IpProtocol": "-1"}
    within = [{**everything, "UserIdGroupPairs": [{"GroupId": group_id}]}]
    outwards = [{**everything, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    await api.ec2("authorize_security_group_ingress", GroupId=group_id, IpPermissions=within)
    await api.ec2("authorize_security_group_egress", GroupId=group_id, IpPermissions=outwards)
