"""The trail of an emulated cloud: whose request it was, what it was about, and what `LookupEvents` tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from toolchain.emulator.cloud.trail.request import Request, nested, read_request
from toolchain.emulator.cloud.trail.trail import Trail, is_lookup

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def signed(service: str, key: str = "alice", **more: str) -> dict[str, str]:
    scope = f"{key}/20261130/eu-central-1/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return {"authorization": authorization, "user-agent": "Boto3/1.40", **more}


def form(text: str, service: str = "ec2", key: str = "alice") -> Request:
    found = read_request("POST", "/", {**signed(service, key), **FORM}, text.encode())
    assert found
    return found


OPENING = (
    "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-0a1b2c3d4e5f60718&IpPermissions.1.IpProtocol=tcp"
    "&IpPermissions.1.FromPort=22&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0"
)


def lookup(trail: Trail, region: str = "eu-central-1", **asked: Any) -> dict[str, Any]:  # noqa: ANN401
    return trail.lookup(Request("cloudtrail", region, "x", "LookupEvents", asked))


def by(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def test_a_form_is_told_in_cloudtrails_shape() -> None:
    request = form(OPENING)
    assert (request.service, request.action, request.access_key) == ("ec2", "AuthorizeSecurityGroupIngress", "alice")
    rule = {"ipProtocol": "tcp", "fromPort": "22", "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}
    assert request.parameters == {"groupId": "sg-0a1b2c3d4e5f60718", "ipPermissions": {"items": [rule]}}


def test_lists_keep_their_order_beyond_nine() -> None:
    flat = {f"Id.{number}": str(number) for number in range(1, 12)}
    assert nested(flat) == {"id": {"items": [str(number) for number in range(1, 12)]}}


@pytest.mark.parametrize(
    ("method", "target", "service", "headers", "action"),
    [
        ("POST", "/", "ecr", {"x-amz-target": "AmazonEC2ContainerRegistry_V20150921.PutImageTagMutability"},
         "PutImageTagMutability"),
        ("POST", "/2013-04-01/hostedzone/Z123/rrset/", "route53", {}, "ChangeResourceRecordSets"),
        ("DELETE", "/2013-04-01/hostedzone/Z123", "route53", {}, "DeleteHostedZone"),
        ("PUT", "/mine?versioning", "s3", {}, "PutBucketVersioning"),
        ("DELETE", "/mine?publicAccessBlock", "s3", {}, "DeleteBucketPublicAccessBlock"),
        ("PUT", "/mine", "s3", {}, "CreateBucket"),
        ("DELETE", "/mine", "s3", {}, "DeleteBucket"),
    ],
)  # fmt: skip
def test_every_way_to_say_what_is_wanted_is_understood(
    method: str, target: str, service: str, headers: dict[str, str], action: str
) -> None:
    found = read_request(method, target, {**signed(service), **headers}, b"")
    assert found
    assert found.action == action


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [("PUT", "/mine/key", signed("s3")), ("GET", "/mine", signed("s3")), ("GET", "/v2/", {"authorization": "Basic x"})],
)
def test_objects_and_what_nobody_signed_are_no_events(method: str, target: str, headers: dict[str, str]) -> None:
    assert read_request(method, target, headers, b"") is None


def test_an_event_says_who_from_where_and_about_what() -> None:
    trail = Trail(lambda key: f"user of {key}")
    trail.write(form(OPENING), 200, b"<return>true</return>", "203.0.113.7")
    (event,) = lookup(trail, **by("ResourceName", "sg-0a1b2c3d4e5f60718"))["Events"]
    assert (event["EventName"], event["Username"], event["ReadOnly"]) == (
        "AuthorizeSecurityGroupIngress", "user of alice", "false",
    )  # fmt: skip
    assert event["Resources"] == [{"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": "sg-0a1b2c3d4e5f60718"}]
    detail = json.loads(event["CloudTrailEvent"])
    assert (detail["sourceIPAddress"], detail["userAgent"]) == ("203.0.113.7", "Boto3/1.40")
    assert detail["userIdentity"]["accessKeyId"] == "alice"
    assert "errorCode" not in detail


def test_what_a_request_makes_is_part_of_its_event_and_what_it_reads_is_none() -> None:
    trail = Trail()
    trail.write(form("Action=RunInstances&MinCount=1"), 200, b"<instanceId>i-0123456789abcdef0</instanceId>", "::1")
    trail.write(form("Action=DescribeInstances"), 200, b"<instanceId>i-0123456789abcdef0</instanceId>", "::1")
    found = lookup(trail, **by("ResourceName", "i-0123456789abcdef0"))["Events"]
    assert [event["EventName"] for event in found] == ["RunInstances"]


def test_user_data_is_in_no_event() -> None:
    trail = Trail()
    trail.write(form("Action=RunInstances&UserData=Y2FuYXJ5&Password=canary"), 200, b"", "::1")
    told = json.dumps(lookup(trail))
    assert "Y2FuYXJ5" not in told
    assert "canary" not in told


def test_a_refused_request_is_an_event_with_its_error() -> None:
    trail = Trail()
    trail.write(form(OPENING), 400, b"<Error><Code>InvalidPermission.Duplicate</Code></Error>", "::1")
    (event,) = lookup(trail)["Events"]
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "InvalidPermission.Duplicate"


def test_services_without_a_region_tell_in_one() -> None:
    trail = Trail()
    trail.write(form("Action=PutRolePolicy&RoleName=machine&PolicyName=p", "iam"), 200, b"", "::1")
    assert lookup(trail, **by("ResourceName", "machine"))["Events"] == []
    assert len(lookup(trail, "us-east-1", **by("ResourceName", "machine"))["Events"]) == 1


def test_events_come_in_pages_the_newest_first_and_since_a_time() -> None:
    trail = Trail()
    for number in range(60):
        trail.write(form(f"Action=CreateTags&ResourceId.1=vpc-{number:08x}"), 200, b"", "::1")
    first = lookup(trail, **by("EventName", "CreateTags"))
    second = lookup(trail, NextToken=first["NextToken"], **by("EventName", "CreateTags"))
    names = [event["Resources"][0]["ResourceName"] for page in (first, second) for event in page["Events"]]
    assert names == [f"vpc-{number:08x}" for number in reversed(range(60))]
    assert "NextToken" not in second
    assert lookup(trail, StartTime=first["Events"][0]["EventTime"] + 60)["Events"] == []
    assert len(lookup(trail, MaxResults=5, **by("Username", "alice"))["Events"]) == 5
    assert lookup(trail, **by("ReadOnly", "true"))["Events"] == []


def test_events_are_asked_for_as_boto_asks() -> None:
    headers = signed("cloudtrail") | {
        "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    }
    request = read_request("POST", "/", headers, json.dumps(by("EventName", "x")).encode())
    assert request
    assert is_lookup(request)
    assert request.parameters == by("EventName", "x")


def test_the_next_page_is_asked_for_by_the_token_of_the_last() -> None:
    headers = signed("cloudtrail") | {"x-amz-target": "com.amazonaws.cloudtrail.v20131101.LookupEvents"}
    request = read_request("POST", "/", headers, b'{"NextToken": "50"}')
    assert request
    assert request.parameters == {"NextToken": "50"}
    assert Trail().lookup(request) == {"Events": []}
