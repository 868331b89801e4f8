"""What is in the environment's VPC, or carries its tag, and nobody recorded: machines, groups, ways in and out.

It deliberately leaves out what AWS makes by itself for others: default groups, main route tables, and the network
interfaces of load balancers and gateways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.drift.cloud.known import Stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from operations.drift.cloud.known import Known

Item = dict[str, Any]
ENDED = frozenset({"terminated", "shutting-down", "deleted", "deleting", "failed", "rejected", "expired"})


@dataclass(frozen=True)
class Listing:
    """How EC2 lists things of one kind."""

    kind: str
    method: str
    items: str
    id: str
    within: tuple[str, ...] = ("vpc-id",)
    """Filters whose value is a VPC; one request for each."""
    filters: str = "Filters"
    is_of_people: Callable[[Item, Known], bool] = lambda item, known: True  # noqa: ARG005 - the shape of the others
    what: Callable[[Item], str] = lambda item: "present"  # noqa: ARG005 - likewise


def _is_made_by_people(item: Item, known: Known) -> bool:
    """Say whether an interface is one that people made: of its own, or a further one of a recorded machine."""
    attached = item.get("Attachment") or {}
    if item.get("RequesterManaged") or item.get("InterfaceType", "interface") != "interface":
        return False
    if not attached.get("InstanceId"):
        return not attached  # that of a load balancer or gateway is attached to no machine
    # A strange machine is told itself.
    return attached["InstanceId"] in known.ids("Instance") and attached.get("DeviceIndex", 0) > 0


LISTINGS = (
    Listing(
        "SecurityGroup", "describe_security_groups", "SecurityGroups", "GroupId",
        is_of_people=lambda item, _: item["GroupName"] != "default",
        what=lambda item: str(item.get("Description") or "present"),
    ),
    Listing("Subnet", "describe_subnets", "Subnets", "SubnetId", what=lambda item: str(item["CidrBlock"])),
    Listing(
        "RouteTable", "describe_route_tables", "RouteTables", "RouteTableId",
        is_of_people=lambda item, _: not any(one.get("Main") for one in item.get("Associations") or ()),
    ),
    Listing(
        "InternetGateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId",
        within=("attachment.vpc-id",),
    ),
    Listing("NatGateway", "describe_nat_gateways", "NatGateways", "NatGatewayId", filters="Filter"),
    Listing(
        "NetworkInterface", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId",
        is_of_people=_is_made_by_people, what=lambda item: str(item.get("PrivateIpAddress") or "present"),
    ),
    # A way for another network into this one.
    Listing(
        "VpcPeeringConnection", "describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId",
        within=("requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"),
    ),
)  # fmt: skip


def in_vpc(client: Any, listing: Listing, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - a client of boto
    """Yield what is in a recorded VPC."""
    vpcs = sorted(known.ids("Vpc"))
    if not vpcs:
        return
    for name in listing.within:
        asked = {listing.filters: [{"Name": name, "Values": vpcs}]}
        for page in client.get_paginator(listing.method).paginate(**asked):
            for item in page[listing.items]:
                if _counts(item, listing, known):
                    yield _stranger(listing.kind, item, item[listing.id], listing.what(item))


def machines(client: Any, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - likewise
    """Yield machines in a recorded VPC, or anywhere in the region with the environment's tag."""
    places = [{"Name": "tag:slipway:environment", "Values": [known.environment]}]
    places += [{"Name": "vpc-id", "Values": sorted(known.ids("Vpc"))}] if known.ids("Vpc") else []
    seen = known.ids("Instance")
    for place in places:
        for page in client.get_paginator("describe_instances").paginate(Filters=[place]):
            for item in (machine for group in page["Reservations"] for machine in group["Instances"]):
                if item["InstanceId"] in seen or item["State"]["Name"] in ENDED:
                    continue
                seen.add(item["InstanceId"])
                what = " ".join(filter(None, (item.get("InstanceType"), item.get("PrivateIpAddress"))))
                yield _stranger("Instance", item, item["InstanceId"], what)


def _counts(item: Item, listing: Listing, known: Known) -> bool:
    state = item.get("State") or (item.get("Status") or {})
    ended = (state.get("Code") if isinstance(state, dict) else state) in ENDED
    return not ended and item[listing.id] not in known.ids(listing.kind) and listing.is_of_people(item, known)


def _stranger(kind: str, item: Item, identifier: str, what: str) -> Stranger:
    tags = {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags") or item.get("TagSet") or ()}
    name = tags.get("Name") or str(item.get("GroupName") or "")
    return Stranger(kind, f"{name} ({identifier})" if name else identifier, what, (identifier,))
