"""Security groups against moto: rules by difference, whatever their order and grouping; and the rules by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from plugins.rpc.values import UNKNOWN
from plugins.slipway.aws import security_rules
from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine

SSH = {"protocol": "tcp", "fromPort": 22, "cidrBlocks": ["10.0.0.0/8"], "description": "operators"}
WEB = {"protocol": "tcp", "fromPort": 80, "toPort": 81, "cidrBlocks": ["0.0.0.0/0", "192.0.2.0/24"]}
WITHIN = {"protocol": "all", "self": True}
OUT = {"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}


async def test_group_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc = await engine.create("Vpc", cidrBlock="10.3.0.0/16")
    other = await engine.create("SecurityGroup", "other", vpcId=vpc.id)
    assert (other.outputs["ingress"], other.outputs["egress"]) == ([], [])
    friends = {"protocol": "udp", "fromPort": 53, "sourceSecurityGroupIds": [other.id]}
    program = {"vpcId": vpc.id, "name": "web", "ingress": [SSH, WEB, WITHIN, friends], "egress": [OUT]}
    group = await engine.create("SecurityGroup", **program)
    assert len(group.outputs["ingress"]) == 5
    assert group.outputs["groupName"].startswith("web-")
    assert await engine.refresh(group) == group
    imported = await engine.imported("SecurityGroup", group.id)
    assert imported
    assert not (await engine.diff(imported, **program)).changes

    split = [{**WEB, "cidrBlocks": [block]} for block in reversed(WEB["cidrBlocks"])]  # type: ignore[call-overload]
    assert not (await engine.diff(group, **{**program, "ingress": [friends, *split, WITHIN, SSH]})).changes

    anybody = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    boto("ec2").authorize_security_group_ingress(GroupId=group.id, IpPermissions=[anybody])
    seen = await engine.refresh(group)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"ingress": "UPDATE"}
    assert await engine.update(seen, **program) == group

    fewer = {**program, "ingress": [{**SSH, "description": "nobody else"}], "egress": []}
    group = await engine.update(group, **fewer)
    assert [rule["description"] for rule in group.outputs["ingress"]] == ["nobody else"]
    assert group.outputs["egress"] == []
    await engine.delete(group)
    assert await engine.refresh(group) is None


async def test_two_groups_of_one_name_can_be_there_at_once(engine: Engine) -> None:
    vpc = await engine.create("Vpc", cidrBlock="10.3.0.0/16")
    old = await engine.create("SecurityGroup", "a", vpcId=vpc.id, name="same")
    new = await engine.create("SecurityGroup", "b", vpcId=vpc.id, name="same")
    assert old.outputs["groupName"] != new.outputs["groupName"]


async def test_wrong_rules_are_refused(engine: Engine) -> None:
    rules: list[dict[str, Any]] = [
        {"protocol": "tcp", "fromPort": 80, "toPort": 79, "self": True},
        {"protocol": "tcp", "self": True},
        {"protocol": "all"},
    ]
    refusals = await engine.refusals("SecurityGroup", vpcId="vpc-1", ingress=rules, description="ok")
    assert refusals == {
        "ingress[0]": "toPort 79 is lower than fromPort 80.",
        "ingress[1]": "A rule for tcp or udp needs fromPort.",
        "ingress[2]": "A rule needs cidrBlocks, sourceSecurityGroupIds, or self.",
    }
    assert "description" in await engine.refusals("SecurityGroup", vpcId="vpc-1", description="für uns")


def test_source_that_is_not_known_yet_stays_in_its_rule() -> None:
    rule = {"protocol": "tcp", "fromPort": 1, "sourceSecurityGroupIds": [UNKNOWN, "sg-1"]}
    assert [found["sourceSecurityGroupIds"] for found in security_rules.single([rule])] == [[UNKNOWN], ["sg-1"]]


RULE = st.fixed_dictionaries(
    {
        "protocol": st.sampled_from(["tcp", "udp", "17", "icmp"]),
        "fromPort": st.integers(0, 9),
        "toPort": st.integers(9, 19),
        "cidrBlocks": st.lists(st.sampled_from(["10.0.0.0/8", "0.0.0.0/0"]), unique=True),
        "sourceSecurityGroupIds": st.lists(st.sampled_from(["sg-1", "sg-2"]), unique=True),
        "self": st.booleans(),
    }
)


@given(st.lists(RULE, max_size=4))
def test_rules_survive_the_way_to_the_api_and_back(rules: list[dict[str, Any]]) -> None:
    single = security_rules.single(rules)
    assert security_rules.single(single) == single
    permissions = [security_rules.to_api(rule, "sg-own") for rule in single]
    assert security_rules.from_api(permissions, "sg-own") == single
