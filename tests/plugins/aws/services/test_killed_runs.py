"""What a killed run made is found, and not made twice; what is wrong is told before AWS is asked."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.values import UNKNOWN
from tests.plugins.aws.services.life import killed_after, lives, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


@pytest.mark.parametrize("noun", ["NetworkLoadBalancer", "TargetGroup", "EcrRepository", "HostedZone", "Bucket"])
async def test_what_a_killed_run_made_is_not_made_twice(
    engine: Engine, boto: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, noun: str
) -> None:
    vpc, subnets = await network(engine)
    unique = uuid.uuid4().hex[:8]
    method, program, count = {
        "NetworkLoadBalancer": (
            "create_load_balancer",
            {"name": unique, "subnetIds": subnets},
            lambda: str(boto("elbv2").describe_load_balancers()).count(f"'LoadBalancerName': '{unique}"),
        ),
        "TargetGroup": (
            "create_target_group",
            {"name": unique, "port": 80, "vpcId": vpc},
            lambda: str(boto("elbv2").describe_target_groups()).count(f"'TargetGroupName': '{unique}"),
        ),
        "EcrRepository": (
            "create_repository",
            {"name": unique},
            lambda: str(boto("ecr").describe_repositories()).count(f"'repositoryName': '{unique}'"),
        ),
        "HostedZone": (
            "create_hosted_zone",
            {"name": f"{unique}.org"},
            lambda: str(boto("route53").list_hosted_zones()).count(f"'Name': '{unique}.org.'"),
        ),
        "Bucket": (
            "create_bucket",
            {"name": unique},
            lambda: str(boto("s3").list_buckets()).count(f"'Name': '{unique}'"),
        ),
    }[noun]
    await killed_after(engine, monkeypatch, method, noun, program)
    assert count() == 1
    made = await engine.create(noun, **program)
    assert count() == 1
    await lives(engine, made, program)


async def test_listener_of_a_killed_run_is_found(
    engine: Engine, boto: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vpc, subnets = await network(engine)
    balancer = await engine.create("NetworkLoadBalancer", subnetIds=subnets)
    group = await engine.create("TargetGroup", port=80, vpcId=vpc)
    program = {"loadBalancerArn": balancer.id, "port": 80, "targetGroupArn": group.id}
    await killed_after(engine, monkeypatch, "create_listener", "Listener", program)
    listener = await engine.create("Listener", **program)
    found = boto("elbv2").describe_listeners(LoadBalancerArn=balancer.id)["Listeners"]
    assert [each["ListenerArn"] for each in found] == [listener.id]
    await lives(engine, listener, program)


async def test_wrong_inputs_of_services_are_told(engine: Engine) -> None:
    assert "between 1 and 65535" in (await engine.refusals("Listener", port=70000))["port"]
    wrong = {"port": 80, "vpcId": "v", "healthCheck": {"intervalSeconds": 1, "path": "x"}}
    assert set(await engine.refusals("TargetGroup", **wrong)) == {"healthCheck.intervalSeconds", "healthCheck.path"}
    assert "small letters" in (await engine.refusals("EcrRepository", name="Big"))["name"]
    assert "dot at the end" in (await engine.refusals("HostedZone", name="example.org."))["name"]
    record = {"zoneId": "Z1", "name": "x.org", "type": "TXT"}
    assert "either 'records' or 'alias'" in (await engine.refusals("DnsRecord", **record))["records"]
    assert "double quotes" in (await engine.refusals("DnsRecord", **record, records=["bare"]))["records"]
    alias = {"name": "y", "zoneId": "Z2"}
    assert "no 'ttl'" in (await engine.refusals("DnsRecord", **record, alias=alias, ttl=1))["ttl"]
    assert "3 to 63" in (await engine.refusals("Bucket", name="A"))["name"]


async def test_preview_of_services_asks_nothing(engine: Engine) -> None:
    await engine.configure(region="eu-central-1", endpointUrl="http://127.0.0.1:1")
    outputs = await engine.preview("Listener", loadBalancerArn=UNKNOWN, port=80, targetGroupArn=UNKNOWN)
    assert outputs["arn"] is UNKNOWN
    record = await engine.preview("DnsRecord", zoneId=UNKNOWN, name="x.org", type="A", records=UNKNOWN)
    assert record["ttl"] is UNKNOWN
