"""VPC and subnets against moto: made, looked at, changed in place and behind the plugin's back, imported, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.rpc.values import UNKNOWN
from tests.plugins.aws.conftest import TAGS
from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine

ANYBODY = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
VPC = {"cidrBlock": "10.1.0.0/16", "name": "one"}


async def test_vpc_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc = await engine.create("Vpc", **VPC)
    assert vpc.outputs["tags"] == {**TAGS, "Name": "one"}
    assert vpc.outputs["arn"].endswith(f":vpc/{vpc.id}")
    assert vpc.outputs["enableDnsHostnames"] is True
    assert any("Closed the default security group" in line for line in engine.logs)
    assert await engine.refresh(vpc) == vpc
    assert not (await engine.diff(vpc, **VPC)).changes

    changes = {"cidrBlock": "10.1.0.0/16", "name": "two", "enableDnsHostnames": False}
    assert set(changed(await engine.diff(vpc, **changes))) == {"tags.Name", "enableDnsHostnames"}
    vpc = await engine.update(vpc, **changes)
    assert (vpc.outputs["tags"]["Name"], vpc.outputs["enableDnsHostnames"]) == ("two", False)
    assert (await engine.diff(vpc, cidrBlock="10.2.0.0/16", name="two")).replaces == ["cidrBlock"]

    imported = await engine.imported("Vpc", vpc.id)
    assert imported
    assert imported.inputs == vpc.inputs
    await engine.delete(vpc)
    assert await engine.refresh(vpc) is None
    await engine.delete(vpc)
    assert vpc.id not in str(boto("ec2").describe_vpcs()["Vpcs"])


async def test_refresh_of_a_vpc_shows_what_somebody_changed(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc = await engine.create("Vpc", **VPC)
    ec2, group = boto("ec2"), vpc.outputs["defaultSecurityGroupId"]
    ec2.create_tags(Resources=[vpc.id], Tags=[{"Key": "foreign", "Value": "1"}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ANYBODY])
    seen = await engine.refresh(vpc)
    assert seen
    assert changed(await engine.diff(seen, **VPC)) == {
        "tags.foreign": "DELETE",
        "defaultSecurityGroupClosed": "UPDATE",
    }
    await engine.update(seen, **VPC)
    assert await engine.refresh(vpc) == vpc


async def test_subnet_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc = await engine.create("Vpc", **VPC)
    program = {"vpcId": vpc.id, "cidrBlock": "10.1.1.0/24", "availabilityZone": "eu-central-1a"}
    subnet = await engine.create("Subnet", **program)
    assert await engine.refresh(subnet) == subnet
    assert (await engine.imported("Subnet", subnet.id) or subnet).inputs == subnet.inputs

    boto("ec2").modify_subnet_attribute(SubnetId=subnet.id, MapPublicIpOnLaunch={"Value": True})
    seen = await engine.refresh(subnet)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"mapPublicIpOnLaunch": "UPDATE"}
    assert await engine.update(seen, **program) == subnet

    moved = await engine.diff(subnet, **{**program, "availabilityZone": "eu-central-1b"})
    assert (moved.replaces, moved.delete_before_replace) == (["availabilityZone"], True)
    await engine.delete(subnet)
    assert await engine.refresh(subnet) is None


async def test_zone_that_aws_chose_is_no_change(engine: Engine) -> None:
    vpc = await engine.create("Vpc", **VPC)
    program = {"vpcId": vpc.id, "cidrBlock": "10.1.1.0/24"}
    subnet = await engine.create("Subnet", **program)
    assert subnet.outputs["availabilityZone"].startswith("eu-central-1")
    assert await engine.refresh(subnet) == subnet
    assert not (await engine.diff(subnet, **program)).changes


async def test_preview_asks_nothing_and_knows_no_outputs(engine: Engine) -> None:
    await engine.configure(region="eu-central-1", endpointUrl="http://127.0.0.1:1")
    outputs = await engine.preview("Subnet", vpcId=UNKNOWN, cidrBlock="10.1.1.0/24")
    assert {key for key, value in outputs.items() if value is UNKNOWN} == {"vpcId", "arn", "availabilityZone"}


async def test_wrong_inputs_are_told_all_at_once(engine: Engine) -> None:
    refusals = await engine.refusals("Subnet", cidrBlock="10.1.1.1/24", zone="a", mapPublicIpOnLaunch="perhaps")
    assert set(refusals) == {"vpcId", "cidrBlock", "zone", "mapPublicIpOnLaunch"}
    assert "host bits" in refusals["cidrBlock"]
    assert "/16 to /28" in (await engine.refusals("Vpc", cidrBlock="10.0.0.0/8"))["cidrBlock"]
