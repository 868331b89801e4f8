"""The resource type ``slipway:aws:NatGateway``: with its Elastic IP, which it allocates and releases itself.

A route to it is said by ``RouteTable``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.resource import ReadResult
from plugins.rpc.schema import STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import arn, by
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.failure import AwsFailed, NothingMade
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties
    from plugins.slipway.aws.api import Api

_GOING = frozenset({"deleting", "deleted", "failed"})


class NatGateway(Ec2Resource):
    """The way from private subnets to the internet."""

    noun = "NatGateway"
    listing = ("describe_nat_gateways", "NatGateways", "NatGatewayId")
    inputs: ClassVar = {**TAGGED, "subnetId": STRING.needed.forces}
    outputs = ("arn", "publicIp", "privateIp", "allocationId", "vpcId")
    limit_seconds = 600

    async def make(self, api: Api, wanted: Properties) -> str:
        """Allocate the address, unless a killed run did, and make the gateway on it."""
        address = await self._address(api, wanted)
        request = {"SubnetId": wanted["subnetId"], "AllocationId": address}
        try:
            answer = await api.ec2(
                "create_nat_gateway",
                **request,
                ClientToken=api.client_token(request),
                TagSpecifications=tags.specification("natgateway", wanted["tags"], api.token),
            )
        except AwsFailed as failed:
            if not failed.lost:
                await api.drop("ec2", "release_address", AllocationId=address)
            raise
        return str(answer["NatGateway"]["NatGatewayId"])

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark, unless it is going; the parameter has a name of its own here."""
        marked = by(f"tag:{tags.CREATION}", api.token)
        found = await api.listed("ec2", "describe_nat_gateways", "NatGateways", Filter=marked)
        return next((str(item["NatGatewayId"]) for item in found if item["State"] not in _GOING), None)

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it is available; one that failed is removed with its address."""

        async def settled() -> dict[str, Any] | None:
            found = await self.look(api, id)
            return found if found and found["State"] != "pending" else None

        found = await api.wait("the NAT gateway to be available", settled)
        if found["State"] in _GOING:
            reason = f"{found.get('FailureCode', found['State'])}: {found.get('FailureMessage', 'no reason given')}"
            await self._removed(api, id, _described(found))
            raise NothingMade(f"{api.who}: AWS could not make it: {reason}")

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the gateway; AWS shows one that is gone for an hour more."""
        found = await self.look(api, id)
        if found is None or found["State"] in _GOING:
            return None
        return {**_described(found), "arn": await arn(api, "natgateway", id, await _owner(api, found))}

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look likewise; one that is gone but whose address is left is shown without a subnet, to be replaced."""
        result = await super().read(ctx, id, inputs, state)
        allocation = state.get("allocationId")
        if result is not None or not allocation:
            return result
        left = await self._api(ctx).first("ec2", "describe_addresses", "Addresses", AllocationIds=[allocation])
        return ReadResult(id, {**inputs, "subnetId": None}, {**state, "subnetId": None}) if left else None

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the gateway."""
        del state
        await api.ec2("delete_nat_gateway", NatGatewayId=id)

    async def gone(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Wait until it is gone, which frees the address, and release that."""

        async def away() -> bool | None:
            found = await self.look(api, id)
            return True if found is None or found["State"] == "deleted" else None

        await api.wait("the NAT gateway to go", away)
        if allocation := state.get("allocationId"):
            await api.drop("ec2", "release_address", AllocationId=allocation)

    async def _address(self, api: Api, wanted: Properties) -> str:
        marked = by(f"tag:{tags.CREATION}", api.token)
        if left := await api.first("ec2", "describe_addresses", "Addresses", Filters=marked):
            return str(left["AllocationId"])
        marks = tags.specification("elastic-ip", wanted["tags"], api.token)
        answer = await api.ec2("allocate_address", Domain="vpc", TagSpecifications=marks)
        return str(answer["AllocationId"])


def _described(found: dict[str, Any]) -> Properties:
    address: dict[str, Any] = next(iter(found.get("NatGatewayAddresses") or []), {})
    return {
        "subnetId": found["SubnetId"],
        "vpcId": found["VpcId"],
        "publicIp": address.get("PublicIp"),
        "privateIp": address.get("PrivateIp"),
        "allocationId": address.get("AllocationId"),
        "tags": tags.from_api(found.get("Tags")),
    }


async def _owner(api: Api, found: dict[str, Any]) -> str:
    """Return the account; EC2 tells it of the subnet, not of the gateway."""
    subnet = await api.first("ec2", "describe_subnets", "Subnets", SubnetIds=[found["SubnetId"]])
    return str(subnet["OwnerId"]) if subnet else ""
