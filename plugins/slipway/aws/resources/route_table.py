"""The resource type ``slipway:aws:RouteTable``: its routes, and the subnets that use it.

Routes that AWS makes itself, the VPC's own and those of endpoints and VPNs, are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.diff import join
from plugins.rpc.resource import Failure
from plugins.rpc.schema import STRING, object_of, set_of
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import CIDR, arn, by
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_TARGETS = {"gatewayId": "GatewayId", "natGatewayId": "NatGatewayId"}
ROUTE = object_of(destinationCidrBlock=CIDR.needed, gatewayId=STRING, natGatewayId=STRING)


class RouteTable(Ec2Resource):
    """Where packets that leave a subnet go."""

    noun = "RouteTable"
    listing = ("describe_route_tables", "RouteTables", "RouteTableId")
    inputs: ClassVar = {
        **TAGGED,
        "vpcId": STRING.needed.forces,
        "routes": set_of(ROUTE),
        "subnetIds": set_of(STRING),
    }
    outputs = ("arn",)

    def problems(self, inputs: Properties) -> list[Failure]:
        """Want one target for each route, and one route for each destination."""
        routes = [(at, route) for at, route in _items(inputs.get("routes")) if isinstance(route, dict)]
        failures = [
            Failure(join("routes", at), "A route has either gatewayId or natGatewayId.")
            for at, route in routes
            if len([key for key in _TARGETS if route.get(key) is not None]) != 1
        ]
        destinations = [route["destinationCidrBlock"] for _, route in routes]
        twice = {text for text in destinations if isinstance(text, str) and destinations.count(text) > 1}
        return failures + [Failure("routes", f"There are two routes to {text}.") for text in sorted(twice)]

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the table; ``adjust`` fills it."""
        marks = tags.specification("route-table", wanted["tags"], api.token)
        answer = await api.ec2("create_route_table", VpcId=wanted["vpcId"], TagSpecifications=marks)
        return str(answer["RouteTable"]["RouteTableId"])

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the table, without what AWS puts into it."""
        found = await self.look(api, id)
        return found and {
            "vpcId": found["VpcId"],
            "routes": [_route(item) for item in found["Routes"] if _of_people(item)],
            "subnetIds": sorted(_associations(found)),
            "tags": tags.from_api(found.get("Tags")),
            "arn": await arn(api, "route-table", id, found.get("OwnerId", "")),
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Add, change and take away single routes and associations."""
        before = {route["destinationCidrBlock"]: route for route in seen["routes"]}
        after = {route["destinationCidrBlock"]: route for route in wanted.get("routes") or []}
        for destination, route in after.items():
            if before.get(destination) != route:
                target = {_TARGETS[key]: route[key] for key in _TARGETS if route.get(key)}
                method = "replace_route" if destination in before else "create_route"
                await api.ec2(method, RouteTableId=id, DestinationCidrBlock=destination, **target)
        for destination in before.keys() - after.keys():
            await api.drop("ec2", "delete_route", RouteTableId=id, DestinationCidrBlock=destination)
        subnets = set(wanted.get("subnetIds") or [])
        for subnet in sorted(subnets - set(seen["subnetIds"])):
            await self._associate(api, id, subnet)
        await self._disassociate(api, id, keep=subnets)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Let the subnets go and remove the table."""
        del state
        await self._disassociate(api, id, keep=set())
        await api.ec2("delete_route_table", RouteTableId=id)

    async def _associate(self, api: Api, id: str, subnet: str) -> None:  # noqa: A002
        """Take a subnet over from the table it uses now in one step, so that it is never without its routes."""
        other = await api.first(
            "ec2", "describe_route_tables", "RouteTables", Filters=by("association.subnet-id", subnet)
        )
        if other is None:
            await api.ec2("associate_route_table", RouteTableId=id, SubnetId=subnet)
        elif other["RouteTableId"] != id:
            association = _associations(other)[subnet]
            await api.ec2("replace_route_table_association", AssociationId=association, RouteTableId=id)

    async def _disassociate(self, api: Api, id: str, *, keep: set[str]) -> None:  # noqa: A002
        found = await self.look(api, id)
        for subnet, association in sorted(_associations(found or {}).items()):
            if subnet not in keep:
                await api.drop("ec2", "disassociate_route_table", AssociationId=association)


def _items(value: Any) -> list[tuple[int, Any]]:  # noqa: ANN401 - it may be UNKNOWN
    return list(enumerate(value)) if isinstance(value, list) else []


def _of_people(item: dict[str, Any]) -> bool:
    """Leave out the VPC's own routes, those of VPNs, and those of endpoints, which go to a list of prefixes."""
    return item.get("Origin") == "CreateRoute" and "DestinationCidrBlock" in item and item.get("GatewayId") != "local"


def _route(item: dict[str, Any]) -> dict[str, str]:
    """Return a route as a program says it; another kind of target leaves it without one."""
    targets = {key: item[name] for key, name in _TARGETS.items() if item.get(name)}
    return {"destinationCidrBlock": item["DestinationCidrBlock"], **targets}


def _associations(table: dict[str, Any]) -> dict[str, str]:
    """Return the id of the association of each subnet."""
    items = table.get("Associations") or []
    return {item["SubnetId"]: item["RouteTableAssociationId"] for item in items if item.get("SubnetId")}
