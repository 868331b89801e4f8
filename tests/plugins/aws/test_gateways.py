"""Gateways and route tables against moto: made, looked at, changed in place and behind the plugin's back, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine, Made


async def network(engine: Engine) -> tuple[Made, Made, Made]:
    """Make a VPC, a subnet and an internet gateway."""
    vpc = await engine.create("Vpc", cidrBlock="10.2.0.0/16")
    subnet = await engine.create("Subnet", vpcId=vpc.id, cidrBlock="10.2.1.0/24")
    return vpc, subnet, await engine.create("InternetGateway", vpcId=vpc.id)


async def test_internet_gateway_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc, _, gateway = await network(engine)
    assert gateway.outputs["vpcId"] == vpc.id
    assert await engine.refresh(gateway) == gateway
    assert (await engine.imported("InternetGateway", gateway.id) or gateway).inputs == gateway.inputs

    boto("ec2").detach_internet_gateway(InternetGatewayId=gateway.id, VpcId=vpc.id)
    seen = await engine.refresh(gateway)
    assert seen
    assert changed(await engine.diff(seen, vpcId=vpc.id)) == {"vpcId": "ADD_REPLACE"}
    await engine.update(seen, vpcId=vpc.id)
    assert await engine.refresh(gateway) == gateway
    await engine.delete(gateway)
    assert await engine.refresh(gateway) is None
    await engine.delete(gateway)


async def test_nat_gateway_brings_and_releases_its_address(engine: Engine, boto: Callable[[str], Any]) -> None:
    _, subnet, _ = await network(engine)
    nat = await engine.create("NatGateway", subnetId=subnet.id, name="way-out")
    addresses = boto("ec2").describe_addresses(AllocationIds=[nat.outputs["allocationId"]])["Addresses"]
    assert addresses[0]["PublicIp"] == nat.outputs["publicIp"]
    assert {tag["Key"]: tag["Value"] for tag in addresses[0]["Tags"]}["Name"] == "way-out"
    assert await engine.refresh(nat) == nat
    assert (await engine.imported("NatGateway", nat.id) or nat).inputs == nat.inputs
    renamed = await engine.update(nat, subnetId=subnet.id, name="other")
    assert renamed.outputs["tags"]["Name"] == "other"
    assert renamed.id == nat.id
    await engine.delete(nat)
    assert await engine.refresh(nat) is None
    assert nat.outputs["allocationId"] not in str(boto("ec2").describe_addresses())


async def test_address_of_a_nat_gateway_that_somebody_deleted_is_not_lost(
    engine: Engine, boto: Callable[[str], Any]
) -> None:
    _, subnet, _ = await network(engine)
    nat = await engine.create("NatGateway", subnetId=subnet.id)
    boto("ec2").delete_nat_gateway(NatGatewayId=nat.id)
    seen = await engine.refresh(nat)
    assert seen
    assert (await engine.diff(seen, subnetId=subnet.id)).replaces == ["subnetId"]
    await engine.delete(seen)
    assert nat.outputs["allocationId"] not in str(boto("ec2").describe_addresses())


async def test_route_table_changes_single_routes(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc, subnet, gateway = await network(engine)
    nat = await engine.create("NatGateway", subnetId=subnet.id)
    inward = {"destinationCidrBlock": "10.9.0.0/16", "natGatewayId": nat.id}
    outward = {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    program = {"vpcId": vpc.id, "routes": [outward, inward], "subnetIds": [subnet.id]}
    table = await engine.create("RouteTable", **program)
    assert await engine.refresh(table) == table
    assert not (await engine.diff(table, **{**program, "routes": [inward, outward]})).changes
    imported = await engine.imported("RouteTable", table.id)
    assert imported
    assert not (await engine.diff(imported, **program)).changes

    ec2 = boto("ec2")
    ec2.delete_route(RouteTableId=table.id, DestinationCidrBlock="10.9.0.0/16")
    seen = await engine.refresh(table)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"routes": "UPDATE"}
    assert await engine.update(seen, **program) == table

    other = {**program, "routes": [{**outward, "gatewayId": None, "natGatewayId": nat.id}], "subnetIds": []}
    table = await engine.update(table, **other)
    routes = ec2.describe_route_tables(RouteTableIds=[table.id])["RouteTables"][0]["Routes"]
    assert [route.get("NatGatewayId") for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0"] == [nat.id]
    assert table.outputs["subnetIds"] == []
    await engine.delete(table)
    assert await engine.refresh(table) is None


async def test_successor_of_a_route_table_takes_the_subnets_over(engine: Engine) -> None:
    vpc, subnet, _ = await network(engine)
    old = await engine.create("RouteTable", "old", vpcId=vpc.id, subnetIds=[subnet.id])
    new = await engine.create("RouteTable", "new", vpcId=vpc.id, subnetIds=[subnet.id])
    assert new.outputs["subnetIds"] == [subnet.id]
    await engine.delete(old)
    assert await engine.refresh(new) == new


async def test_wrong_routes_are_refused(engine: Engine) -> None:
    both = {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": "nat-1"}
    refusals = await engine.refusals("RouteTable", vpcId="vpc-1", routes=[both, {"destinationCidrBlock": "0.0.0.0/0"}])
    assert refusals == {
        "routes[0]": "A route has either gatewayId or natGatewayId.",
        "routes[1]": "A route has either gatewayId or natGatewayId.",
        "routes": "There are two routes to 0.0.0.0/0.",
    }


async def test_deletion_says_what_is_still_in_the_way(engine: Engine) -> None:
    vpc, subnet, gateway = await network(engine)
    with pytest.raises(ResourceFailed) as failed:
        await engine.delete(vpc, timeout=1)
    assert "Vpc 'x': ec2:DeleteVpc was refused with DependencyViolation" in str(failed.value)
    assert f"subnet {subnet.id}" in str(failed.value)
    assert f"internet gateway {gateway.id}" in str(failed.value)
    assert any("waiting for what still uses it to go" in status for status in engine.statuses)
