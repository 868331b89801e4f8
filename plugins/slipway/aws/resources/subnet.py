"""The resource type ``slipway:aws:Subnet``.

Which route table it uses is said by ``RouteTable``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from plugins.rpc.schema import BOOLEAN, STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import VPC_CIDR, interfaces
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api


class Subnet(Ec2Resource):
    """A part of a VPC's addresses in one zone."""

    noun = "Subnet"
    listing = ("describe_subnets", "Subnets", "SubnetId")
    inputs: ClassVar = {
        **TAGGED,
        "vpcId": STRING.needed.forces,
        "cidrBlock": VPC_CIDR.needed.forces,
        "availabilityZone": STRING.forces.decided,
        "mapPublicIpOnLaunch": BOOLEAN.by_default(False),
    }
    outputs = ("arn",)

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """No VPC has the same addresses twice."""
        return bool(old.get("vpcId") == new.get("vpcId") and old.get("cidrBlock") == new.get("cidrBlock"))

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the subnet."""
        answer = await api.ec2(
            "create_subnet",
            VpcId=wanted["vpcId"],
            CidrBlock=wanted["cidrBlock"],
            AvailabilityZone=wanted.get("availabilityZone"),
            TagSpecifications=tags.specification("subnet", wanted["tags"], api.token),
        )
        return str(answer["Subnet"]["SubnetId"])

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it is available."""

        async def available() -> bool | None:
            found = await self.look(api, id)
            return True if found and found["State"] == "available" else None

        await api.wait("the subnet to be available", available)

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the subnet."""
        found = await self.look(api, id)
        return found and {
            "vpcId": found["VpcId"],
            "cidrBlock": found["CidrBlock"],
            "availabilityZone": found["AvailabilityZone"],
            "mapPublicIpOnLaunch": found["MapPublicIpOnLaunch"],
            "tags": tags.from_api(found.get("Tags")),
            "arn": found["SubnetArn"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set whether machines get public addresses."""
        if seen["mapPublicIpOnLaunch"] != wanted["mapPublicIpOnLaunch"]:
            value = {"Value": wanted["mapPublicIpOnLaunch"]}
            await api.ec2("modify_subnet_attribute", SubnetId=id, MapPublicIpOnLaunch=value)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the subnet."""
        del state
        await api.ec2("delete_subnet", SubnetId=id)

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Name what has an address in it."""
        return await interfaces(api, "subnet-id", id)
