"""Load balancers, registries, DNS and buckets: made, looked at, changed in place and behind the plugin's back, removed.

Against moto, and the same against ministack where SLIPWAY_TEST_MINISTACK_URL names one.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN
from tests.plugins.aws.broken_api import BrokenApi
from tests.plugins.aws.conftest import TAGS, new_engine
from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.plugins.aws.engine import Engine, Made

OCI = "application/vnd.oci.image"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": f"{OCI}.manifest.v1+json",
    "config": {"mediaType": f"{OCI}.config.v1+json", "size": 2, "digest": f"sha256:{'a' * 64}"},
    "layers": [],
}
MINISTACK = os.environ.get("SLIPWAY_TEST_MINISTACK_URL")


@pytest.fixture(params=["moto", *(["ministack"] if MINISTACK else [])])
def endpoint(request: pytest.FixtureRequest, endpoint: str) -> str:
    """The address of the service that plays AWS."""
    return MINISTACK if MINISTACK and request.param == "ministack" else endpoint


@pytest.fixture
async def engine(endpoint: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine that speaks to the service itself: the proxy of other tests knows the protocol of EC2 alone."""
    engine = await new_engine(BrokenApi(endpoint, address=endpoint), tmp_path)
    yield engine
    await engine.destroy()
    await engine.provider.close()


async def lives(engine: Engine, made: Made, program: dict[str, Any]) -> None:
    """Hold what is true of every type: a look changes nothing, nor does a second run, and an import finds it all."""
    assert await engine.refresh(made) == made
    assert not (await engine.diff(made, **program)).changes
    imported = await engine.imported(made.noun, made.id)
    assert imported
    undone = await engine.diff(imported, **program)
    # What AWS cannot know, as what to do at the end.
    assert set(changed(undone)) <= {"forceDelete", "forceDestroy"}


async def dies(engine: Engine, made: Made) -> None:
    """Delete it, twice, as a run that was interrupted would."""
    await engine.delete(made)
    assert await engine.refresh(made) is None
    await engine.delete(made)


async def network(engine: Engine) -> tuple[str, list[str]]:
    vpc = await engine.create("Vpc", "v", cidrBlock="10.1.0.0/16")
    subnets = [
        await engine.create("Subnet", zone, vpcId=vpc.id, cidrBlock=f"10.1.{at}.0/24", availabilityZone=f"{zone}")
        for at, zone in enumerate(("eu-central-1a", "eu-central-1b"), 1)
    ]
    return vpc.id, sorted(subnet.id for subnet in subnets)


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

    other = {**program, "deregistrationDelaySeconds": 5, "preserveClientIp": False}
    assert set(changed(await engine.diff(group, **other))) == {"deregistrationDelaySeconds", "preserveClientIp"}
    group = await engine.update(group, **other)
    assert group.outputs["deregistrationDelaySeconds"] == 5
    await lives(engine, group, other)
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


async def test_repository_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    program = {"name": f"slipway/{uuid.uuid4().hex[:8]}", "lifecycle": {"keepTagged": 10, "expireUntaggedDays": 3}}
    repository = await engine.create("EcrRepository", **program)
    assert repository.outputs["repositoryUrl"].endswith(program["name"])
    assert (repository.outputs["immutableTags"], repository.outputs["scanOnPush"]) == (True, True)
    await lives(engine, repository, program)

    ecr = boto("ecr")
    ecr.put_image_tag_mutability(repositoryName=repository.id, imageTagMutability="MUTABLE")
    ecr.delete_lifecycle_policy(repositoryName=repository.id)
    seen = await engine.refresh(repository)
    assert seen
    assert set(changed(await engine.diff(seen, **program))) == {"immutableTags", "lifecycle"}
    assert await engine.update(seen, **program) == repository

    other = {"name": program["name"], "scanOnPush": False}
    repository = await engine.update(repository, **other)
    await lives(engine, repository, other)
    stronger = await engine.diff(repository, **other, encryption={"type": "KMS"})
    assert (stronger.replaces, stronger.delete_before_replace) == (["encryption"], True)
    await dies(engine, repository)


async def test_repository_with_images_is_deleted_only_when_told(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    repository = await engine.create("EcrRepository", name=name)
    boto("ecr").put_image(repositoryName=name, imageManifest=json.dumps(MANIFEST), imageTag="1")
    with pytest.raises(ResourceFailed, match=r"still has 1 image.*forceDelete"):
        await engine.delete(repository)
    repository = await engine.update(repository, name=name, forceDelete=True)
    await dies(engine, repository)


async def test_registry_login_is_a_secret(engine: Engine) -> None:
    login = await engine.invoke("getRegistryLogin")
    assert login["user"] == "AWS"
    assert login["server"].endswith(("amazonaws.com", "localhost:4566", "localhost:4600"))
    assert login["expiresAt"].endswith("Z")
    assert type(login["password"]).__name__ == "Secret"


async def test_zone_and_records_live_and_die(engine: Engine, boto: Callable[[str], Any]) -> None:
    domain = f"{uuid.uuid4().hex[:8]}.example.org"
    program = {"name": domain, "comment": "one"}
    zone = await engine.create("HostedZone", **program)
    assert zone.outputs["nameServers"]
    assert zone.outputs["zoneId"] == zone.id
    await lives(engine, zone, program)
    boto("route53").update_hosted_zone_comment(Id=zone.id, Comment="foreign")
    seen = await engine.refresh(zone)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"comment": "UPDATE"}
    assert await engine.update(seen, **program) == zone
    renamed = await engine.update(zone, **program, tags={"team": "a"})
    assert renamed.outputs["tags"]["team"] == "a"

    www = {"zoneId": zone.id, "name": f"www.{domain}", "type": "A", "records": ["10.0.0.2", "10.0.0.1"], "ttl": 60}
    record = await engine.create("DnsRecord", **www)
    await lives(engine, record, www)
    changes = {**www, "records": ["10.0.0.3"]}
    assert not (await engine.diff(record, **{**www, "records": ["10.0.0.1", "10.0.0.2"]})).changes
    record = await engine.update(record, **changes)
    assert record.outputs["records"] == ["10.0.0.3"]
    await lives(engine, record, changes)
    with pytest.raises(ResourceFailed, match=rf"1 record.*www.{domain} A.*forceDestroy"):
        await engine.delete(zone)
    await dies(engine, record)
    await dies(engine, zone)


async def test_alias_and_wildcard_are_as_declared(engine: Engine) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    target = {"name": "front-1.elb.eu-central-1.amazonaws.com", "zoneId": "Z3F0SRJ5LGBH90"}
    program = {"zoneId": zone.id, "name": f"*.{zone.outputs['name']}", "type": "A", "alias": target}
    record = await engine.create("DnsRecord", **program)
    await lives(engine, record, program)
    text = {"zoneId": zone.id, "name": zone.outputs["name"], "type": "TXT", "records": ['"v=spf1 -all"']}
    spf = await engine.create("DnsRecord", "spf", **text)
    assert spf.outputs["ttl"] == 300
    await lives(engine, spf, text)


async def test_foreign_record_is_refused_by_name(engine: Engine, boto: Callable[[str], Any]) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org", forceDestroy=True)
    name = f"www.{zone.outputs['name']}"
    mine = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]}
    boto("route53").change_resource_record_sets(
        HostedZoneId=zone.id, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": mine}]}
    )
    program = {"zoneId": zone.id, "name": name, "type": "A", "records": ["10.0.0.9"], "ttl": 60}
    for _ in range(2):  # the second try must not take the first one's trace for a record of its own
        with pytest.raises(ResourceFailed, match=rf"already has A {name}, which this stack has not made"):
            await engine.create("DnsRecord", **program)
    imported = await engine.imported("DnsRecord", f"{zone.id}_{name}_A")
    assert imported
    assert not (await engine.diff(imported, **program)).changes
    await dies(engine, zone)


async def test_record_of_a_killed_run_is_taken_for_its_own(
    engine: Engine, boto: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    program = {"zoneId": zone.id, "name": zone.outputs["name"], "type": "A", "records": ["10.0.0.1"]}
    await killed_after(engine, monkeypatch, "change_resource_record_sets", "DnsRecord", program)
    record = await engine.create("DnsRecord", **program)
    found = boto("route53").list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    assert sum(each["Type"] == "A" for each in found) == 1
    await lives(engine, record, program)


async def test_zone_whose_answer_got_lost_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    account = engine.provider.account  # type: ignore[attr-defined]
    send, made = account.call, []

    async def twice(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await send(service, method, parameters)
        if method == "create_hosted_zone":
            made.append(answer["HostedZone"]["Id"].rpartition("/")[2])
            refused = {"Error": {"Code": "HostedZoneAlreadyExists"}, "ResponseMetadata": {"HTTPStatusCode": 409}}
            raise ClientError(refused, "CreateHostedZone")
        return answer

    monkeypatch.setattr(account, "call", twice)
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    assert [zone.id] == made


async def killed_after(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, method: str, noun: str, program: dict[str, Any]
) -> None:
    """Create something and die when AWS has made it, before anybody hears of it."""
    account = engine.provider.account  # type: ignore[attr-defined]
    send = account.call

    async def cut(service: str, called: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await send(service, called, parameters)
        if called == method:
            raise asyncio.CancelledError
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(account, "call", cut)
        with pytest.raises(asyncio.CancelledError):
            await engine.create(noun, **program)


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


async def test_bucket_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    program = {"name": name, "oldVersionsDays": 30}
    bucket = await engine.create("Bucket", **program)
    assert bucket.outputs["arn"] == f"arn:aws:s3:::{name}"
    s3 = boto("s3")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    await lives(engine, bucket, program)

    s3.delete_bucket_policy(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_lifecycle(Bucket=name)
    seen = await engine.refresh(bucket)
    assert seen
    assert set(changed(await engine.diff(seen, **program))) == {
        "tlsOnly",
        "publicAccessBlocked",
        "versioned",
        "oldVersionsDays",
    }
    assert await engine.update(seen, **program) == bucket
    changes = {"name": name, "tags": {"team": "a"}, "encryption": {"type": "KMS"}}
    bucket = await engine.update(bucket, **changes)
    assert bucket.outputs["tags"] == {**TAGS, "Name": name, "team": "a"}
    await lives(engine, bucket, changes)
    await dies(engine, bucket)


async def test_statements_and_rules_of_others_are_left_alone(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    bucket = await engine.create("Bucket", name=name, oldVersionsDays=30)
    s3 = boto("s3")
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
              "Resource": f"arn:aws:s3:::{name}/x"}  # fmt: skip
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    seen = await engine.refresh(bucket)
    assert seen
    await engine.update(seen, name=name, oldVersionsDays=7)
    statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert [each["Sid"] for each in statements] == ["Theirs", "SlipwayTlsOnly"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert [each["ID"] for each in rules] == ["theirs", "slipway-old-versions", "slipway-interrupted-uploads"]
    bucket = await engine.update(bucket, name=name, tlsOnly=False)
    assert [each["Sid"] for each in json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]] == ["Theirs"]


async def test_bucket_with_objects_is_deleted_only_when_told(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    program = {"name": name, "tlsOnly": False}  # the tests' own client speaks without TLS, and would be refused
    bucket = await engine.create("Bucket", **program)
    s3 = boto("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="state", Body=body)
    s3.delete_object(Bucket=name, Key="state")
    s3.create_multipart_upload(Bucket=name, Key="begun")
    with pytest.raises(ResourceFailed, match=r"still has 3 object version\(s\)\. Set forceDestroy"):
        await engine.delete(bucket)
    bucket = await engine.update(bucket, **program, forceDestroy=True)
    await dies(engine, bucket)


async def test_bucket_that_is_there_already_is_refused(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    s3 = boto("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for _ in range(2):
        with pytest.raises(ResourceFailed, match=f"the bucket '{name}' is there already.*pulumi import"):
            await engine.create("Bucket", name=name)
    s3.delete_bucket(Bucket=name)


async def test_bucket_of_somebody_else_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    account = engine.provider.account  # type: ignore[attr-defined]
    send = account.call

    async def foreign(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if method == "head_bucket":
            refused = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(refused, "HeadBucket")
        answer: dict[str, Any] = await send(service, method, parameters)
        return answer

    monkeypatch.setattr(account, "call", foreign)
    with pytest.raises(ResourceFailed, match="is somebody else's"):
        await engine.create("Bucket", name="company-state")


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
