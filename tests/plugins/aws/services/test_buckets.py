"""Buckets: private, encrypted, versioned, and never emptied by accident."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from plugins.rpc.errors import ResourceFailed
from tests.plugins.aws.conftest import TAGS
from tests.plugins.aws.engine import changed
from tests.plugins.aws.services.life import dies, lives

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


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
