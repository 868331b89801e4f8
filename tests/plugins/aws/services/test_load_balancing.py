"""Network load balancers, their listeners, target groups and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from tests.plugins.aws.conftest import TAGS
from tests.plugins.aws.engine import changed
from tests.plugins.aws.services.life import dies, lives, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


async def test_load_balancer_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    _, subnets = await network(engine)
    program = {"name": "front", "subnetIds": subnets, "internal": True}
    balancer = await engine.create("NetworkLoadBalancer", **program)
    assert balancer.outputs["tags"] == {**TAGS, "Name": "front"}
    assert balancer.outputs["crossZone"] is True
    assert balancer.outputs["dnsName"]
    assert balancer.outputs["loadBalancerName"].startswith("front-")
    await lives(engine, balancer, program)

    elb = boto("elbv2")
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer.id, Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    )
    seen = await engine.refresh(balancer)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"crossZone": "UPDATE"}
    assert await engine.update(seen, **program) == balancer

    protected = {**program, "name": "gate", "deletionProtection": True}
    balancer = await engine.update(balancer, **protected)
    assert balancer.outputs["tags"]["Name"] == "gate"
    with pytest.raises(ResourceFailed, match="deletionProtection is on"):
        await engine.delete(balancer)
    balancer = await engine.update(balancer, **program)
    assert (await engine.diff(balancer, **{**program, "internal": False})).replaces == ["internal"]
    await dies(engine, balancer)
    assert elb.describe_load_balancers()["LoadBalancers"] == []


async def test_load_balancer_gets_groups_only_from_the_beginning(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc, subnets = await network(engine)
    ec2 = boto("ec2")
    groups = [ec2.create_security_group(VpcId=vpc, GroupName=name, Description="x")["GroupId"] for name in "ab"]
    bare = {"subnetIds": subnets}
    balancer = await engine.create("NetworkLoadBalancer", "bare", **bare)
    first = await engine.diff(balancer, **bare, securityGroupIds=groups[:1])
    assert (first.replaces, changed(first)) == (["securityGroupIds"], {"securityGroupIds": "ADD_REPLACE"})
    await engine.delete(balancer)
    grouped = {"subnetIds": subnets, "securityGroupIds": groups[:1]}
    balancer = await engine.create("NetworkLoadBalancer", "grouped", **grouped)
    other = {"subnetIds": subnets, "securityGroupIds": groups}
    assert (await engine.diff(balancer, **other)).replaces == []
    balancer = await engine.update(balancer, **other)
    assert balancer.outputs["securityGroupIds"] == groups
    await lives(engine, balancer, other)
    await engine.delete(balancer)
    for group in groups:
        ec2.delete_security_group(GroupId=group)


async def test_two_load_balancers_of_one_name_can_be_there_at_once(engine: Engine) -> None:
    _, subnets = await network(engine)
    long = {"name": "a-name-that-is-far-too-long-for-a-load-balancer", "subnetIds": subnets}
    old = await engine.create("NetworkLoadBalancer", "x", **long)
    new = await engine.create("NetworkLoadBalancer", "x", **long, internal=True)
    assert old.id != new.id
    assert all(len(each.outputs["loadBalancerName"]) <= 32 for each in (old, new))


async def test_target_group_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc, _ = await network(engine)
    program = {
        "name": "api",
        "port": 6443,
        "vpcId": vpc,
        "healthCheck": {"protocol": "HTTPS", "port": "6443", "path": "/readyz", "intervalSeconds": 10},
        "deregistrationDelaySeconds": 20,
    }
    group = await engine.create("TargetGroup", **program)
    assert group.outputs["healthCheck"]["healthyThreshold"] == 3
    assert group.outputs["targetGroupName"].startswith("api-")
    await lives(engine, group, program)

    boto("elbv2").modify_target_group(TargetGroupArn=group.id, HealthCheckPath="/foreign")
    seen = await engine.refresh(group)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"healthCheck.path": "UPDATE"}
    assert await engine.update(seen, **program) == group

    other = {**program, "deregistrationDelaySeconds": 5, "preserveClientIp": False, "unhealthyDrainingSeconds": 40}
    assert set(changed(await engine.diff(group, **other))) == set(other) - set(program) | {"deregistrationDelaySeconds"}
    group = await engine.update(group, **other)
    assert group.outputs["deregistrationDelaySeconds"] == 5
    await lives(engine, group, other)
    group = await engine.update(group, **{**other, "unhealthyDrainingSeconds": 0})
    assert group.outputs["unhealthyDrainingSeconds"] == 0
    assert (await engine.diff(group, **{**other, "port": 80})).replaces == ["port"]
    await dies(engine, group)


async def test_listener_and_attachment_live_and_die(engine: Engine, boto: Callable[[str], Any]) -> None:
    vpc, subnets = await network(engine)
    balancer = await engine.create("NetworkLoadBalancer", subnetIds=subnets)
    groups = [await engine.create("TargetGroup", name, port=80, vpcId=vpc, targetType="ip") for name in ("a", "b")]
    program = {"loadBalancerArn": balancer.id, "port": 80, "targetGroupArn": groups[0].id}
    listener = await engine.create("Listener", **program)
    await lives(engine, listener, program)
    assert (await engine.diff(listener, **{**program, "loadBalancerArn": "arn:other"})).replaces == ["loadBalancerArn"]

    elb = boto("elbv2")
    elb.modify_listener(ListenerArn=listener.id, Port=81)
    seen = await engine.refresh(listener)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"port": "UPDATE"}
    assert await engine.update(seen, **program) == listener
    listener = await engine.update(listener, **{**program, "targetGroupArn": groups[1].id})
    assert listener.outputs["targetGroupArn"] == groups[1].id

    attached = {"targetGroupArn": groups[1].id, "targetId": "10.1.1.10", "port": 30080}
    attachment = await engine.create("TargetAttachment", **attached)
    await lives(engine, attachment, attached)
    assert (await engine.diff(attachment, **{**attached, "port": 30081})).replaces == ["port"]
    elb.deregister_targets(TargetGroupArn=groups[1].id, Targets=[{"Id": "10.1.1.10", "Port": 30080}])
    assert await engine.refresh(attachment) is None
    attachment = await engine.create("TargetAttachment", **attached)
    await dies(engine, attachment)
    await dies(engine, listener)


async def test_target_that_drains_is_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    vpc, _ = await network(engine)
    group = await engine.create("TargetGroup", port=80, vpcId=vpc, targetType="ip")
    attachment = await engine.create("TargetAttachment", targetGroupArn=group.id, targetId="10.1.1.10", port=80)
    account, left = engine.provider.account, ["draining", "draining"]  # type: ignore[attr-defined]
    send = account.call

    async def slow(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if method == "describe_target_health" and left:
            return {"TargetHealthDescriptions": [{"TargetHealth": {"State": left.pop()}}]}
        answer: dict[str, Any] = await send(service, method, parameters)
        return answer

    monkeypatch.setattr(account, "call", slow)
    await engine.delete(attachment)
    assert left == []
    assert any("connections to end" in status for status in engine.statuses)


@pytest.mark.parametrize("state", ["unhealthy", "unused"])
async def test_target_that_has_no_connections_is_not_waited_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    vpc, _ = await network(engine)
    group = await engine.create("TargetGroup", port=80, vpcId=vpc, targetType="ip")
    attachment = await engine.create("TargetAttachment", targetGroupArn=group.id, targetId="10.1.1.10", port=80)
    account, asked = engine.provider.account, []  # type: ignore[attr-defined]
    send = account.call

    async def dead(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(method)
        if method == "describe_target_health":
            now = "draining" if "deregister_targets" in asked else state
            return {"TargetHealthDescriptions": [{"TargetHealth": {"State": now}}]}
        answer: dict[str, Any] = await send(service, method, parameters)
        return answer

    monkeypatch.setattr(account, "call", dead)
    await engine.delete(attachment)
    assert asked == ["describe_target_health", "deregister_targets"]
