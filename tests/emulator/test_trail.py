"""CloudTrail of the emulated cloud, asked by boto: who changed what, with a key of their own or as a user of IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.emulator.conftest import Cloud


TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}


def as_person(service: str, key: str, secret: str = "any") -> Any:  # noqa: ANN401, S107 - boto3 makes them up, and any secret will do
    return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret)  # type: ignore[call-overload]


def events(name: str, region: str | None = None) -> list[dict[str, Any]]:
    """Return the events about a resource, the newest first."""
    asked = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
    pages = boto3.client("cloudtrail", region_name=region).get_paginator("lookup_events")
    return [event for page in pages.paginate(LookupAttributes=asked) for event in page["Events"]]


def test_trail_names_who_changed_what_from_where(cloud: Cloud) -> None:
    subnet = cloud.subnet()
    as_person("ec2", "mallory").create_tags(Resources=[subnet], Tags=[{"Key": "team", "Value": "sales"}])
    as_person("ec2", "bob").describe_subnets(SubnetIds=[subnet])
    with pytest.raises(ClientError):
        as_person("ec2", "alice").modify_subnet_attribute(
            SubnetId="subnet-00000000", MapPublicIpOnLaunch={"Value": True}
        )
    found = events(subnet)
    assert [(event["EventName"], event["Username"]) for event in found] == [
        ("CreateTags", "mallory"),
        ("CreateSubnet", "test"),
    ]
    detail = json.loads(found[0]["CloudTrailEvent"])
    assert detail["sourceIPAddress"] not in ("", "127.0.0.1")
    assert detail["requestParameters"]["tag"] == {"items": [{"key": "team", "value": "sales"}]}
    refused = json.loads(events("subnet-00000000")[0]["CloudTrailEvent"])
    assert refused["errorCode"] == "InvalidSubnetID.NotFound"


def test_trail_knows_users_and_has_those_of_iam_in_one_region(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="carol")
    key = iam.create_access_key(UserName="carol")["AccessKey"]
    iam.create_role(RoleName="traced", AssumeRolePolicyDocument=json.dumps(TRUST))
    theirs = as_person("iam", key["AccessKeyId"], key["SecretAccessKey"])
    theirs.put_role_policy(RoleName="traced", PolicyName="more", PolicyDocument=json.dumps(POLICY))
    assert [event["Username"] for event in events("traced", "us-east-1")] == ["carol", "test"]
    assert events("traced") == []


def test_trail_tells_of_a_registry_and_a_bucket_but_not_of_objects(cloud: Cloud) -> None:
    cloud.client("ecr").create_repository(repositoryName="traced")
    as_person("ecr", "bob").put_image_tag_mutability(repositoryName="traced", imageTagMutability="IMMUTABLE")
    place = {"LocationConstraint": "eu-central-1"}
    cloud.client("s3").create_bucket(Bucket="traced-bucket", CreateBucketConfiguration=place)
    cloud.client("s3").put_object(Bucket="traced-bucket", Key="some/object", Body=b"x" * 100_000)
    versioned = {"Status": "Enabled"}
    as_person("s3", "alice").put_bucket_versioning(Bucket="traced-bucket", VersioningConfiguration=versioned)
    assert [(event["EventName"], event["Username"]) for event in events("traced")] == [
        ("PutImageTagMutability", "bob"),
        ("CreateRepository", "test"),
    ]
    assert [event["EventName"] for event in events("traced-bucket")] == ["PutBucketVersioning", "CreateBucket"]
