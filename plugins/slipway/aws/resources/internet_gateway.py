"""The resource type ``slipway:aws:InternetGateway``.

A route to it is said by ``RouteTable``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from plugins.rpc.schema import STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import arn, interfaces
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api


class InternetGateway(Ec2Resource):
    """The way from a VPC to the internet."""

    noun = "InternetGateway"
    listing = ("describe_internet_gateways", "InternetGateways", "InternetGatewayId")
    # A VPC with public addresses in use lets no gateway go, so another VPC needs another gateway.
    inputs: ClassVar = {**TAGGED, "vpcId": STRING.needed.forces}
    outputs = ("arn",)

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the gateway; ``adjust`` attaches it."""
        marks = tags.specification("internet-gateway", wanted["tags"], api.token)
        answer = await api.ec2("create_internet_gateway", TagSpecifications=marks)
        return str(answer["InternetGateway"]["InternetGatewayId"])

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the gateway; one that is detached has no VPC."""
        found = await self.look(api, id)
        if found is None:
            return None
        attached = [item["VpcId"] for item in found.get("Attachments") or [] if item["State"] in _ATTACHED]
        return {
            "vpcId": attached[0] if attached else None,
            "tags": tags.from_api(found.get("Tags")),
            "arn": await arn(api, "internet-gateway", id, found.get("OwnerId", "")),
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Attach it."""
        if seen["vpcId"] is None:
            await api.ec2("attach_internet_gateway", InternetGatewayId=id, VpcId=wanted["vpcId"])

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Detach the gateway, which AWS refuses while public addresses are in use, and remove it."""
        del state
        seen = await self.describe(api, id)
        if seen and seen["vpcId"]:
            await api.drop("ec2", "detach_internet_gateway", InternetGatewayId=id, VpcId=seen["vpcId"])
        await api.ec2("delete_internet_gateway", InternetGatewayId=id)

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Name what has an address in the VPC."""
        seen = await self.describe(api, id)
        return await interfaces(api, "vpc-id", seen["vpcId"]) if seen and seen["vpcId"] else []


# EC2 says 'available' of an internet gateway that is attached, 'attached' of every other kind.
_ATTACHED = frozenset({"available", "attached", "attaching"})
