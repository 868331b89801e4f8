"""What is set on a bucket: versions, encryption, the public's access, TLS, lifecycle, tags; read and written.

Statements of somebody else in a bucket's policy, and rules of somebody else in its lifecycle, are left as they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from plugins.slipway.aws.lookup import looked_up

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

TLS_STATEMENT: Final = "SlipwayTlsOnly"
OLD_VERSIONS: Final = "slipway-old-versions"
UPLOADS: Final = "slipway-interrupted-uploads"
UPLOADS_DAYS: Final = 7
_BLOCKS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ENCRYPTION: Final = {"AES256": "AES256", "KMS": "aws:kms"}


async def raw_tags(api: Api, bucket: str) -> list[dict[str, str]]:
    """Return all tags of a bucket as AWS has them; none for one that is not there."""
    answer = await looked_up(api, "s3", "get_bucket_tagging", Bucket=bucket)
    return list(answer["TagSet"]) if answer else []


async def read(api: Api, bucket: str) -> Properties:
    """Return the settings under the names of the inputs."""
    versioning = await looked_up(api, "s3", "get_bucket_versioning", Bucket=bucket) or {}
    block = await looked_up(api, "s3", "get_public_access_block", Bucket=bucket)
    blocks = block["PublicAccessBlockConfiguration"] if block else {}
    rules = await _rules(api, bucket)
    old = [rule for rule in rules if rule.get("ID") == OLD_VERSIONS and rule["Status"] == "Enabled"]
    return {
        "versioned": versioning.get("Status") == "Enabled",
        "encryption": await _encryption(api, bucket),
        "publicAccessBlocked": all(blocks.get(key) for key in _BLOCKS),
        "tlsOnly": await _tls_only(api, bucket) in await _statements(api, bucket),
        "oldVersionsDays": old[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] if old else None,
    }


async def write(api: Api, bucket: str, seen: Properties, wanted: Properties) -> None:
    """Bring the settings from what is seen to what is wanted."""
    if seen["publicAccessBlocked"] != wanted["publicAccessBlocked"]:
        blocks = dict.fromkeys(_BLOCKS, wanted["publicAccessBlocked"])
        await api.call("s3", "put_public_access_block", Bucket=bucket, PublicAccessBlockConfiguration=blocks)
    if seen["tlsOnly"] != wanted["tlsOnly"]:
        await _write_policy(api, bucket, tls_only=wanted["tlsOnly"])
    if seen["encryption"] != wanted["encryption"]:
        await _write_encryption(api, bucket, wanted["encryption"])
    if seen["versioned"] != wanted["versioned"]:
        status = {"Status": "Enabled" if wanted["versioned"] else "Suspended"}
        await api.call("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration=status)
    if seen["oldVersionsDays"] != wanted.get("oldVersionsDays"):
        await _write_lifecycle(api, bucket, wanted.get("oldVersionsDays"))


async def _encryption(api: Api, bucket: str) -> dict[str, str] | None:
    answer = await looked_up(api, "s3", "get_bucket_encryption", Bucket=bucket)
    if answer is None:
        return None
    default = answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    key = default.get("KMSMasterKeyID")
    kind = "AES256" if default["SSEAlgorithm"] == "AES256" else "KMS"
    return {"type": kind, **({"kmsKeyArn": key} if key else {})}


async def _write_encryption(api: Api, bucket: str, wanted: Properties) -> None:
    default = {"SSEAlgorithm": _ENCRYPTION[wanted["type"]]}
    if wanted.get("kmsKeyArn"):
        default["KMSMasterKeyID"] = wanted["kmsKeyArn"]
    # A key for the bucket, else KMS is asked and paid for each object.
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": wanted["type"] == "KMS"}
    await api.call("s3", "put_bucket_encryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


async def _statements(api: Api, bucket: str) -> list[dict[str, Any]]:
    answer = await looked_up(api, "s3", "get_bucket_policy", Bucket=bucket)
    found: list[dict[str, Any]] = json.loads(answer["Policy"])["Statement"] if answer else []
    return found


async def _tls_only(api: Api, bucket: str) -> dict[str, Any]:
    """Return the statement that refuses everything without TLS."""
    arn = f"arn:{(await api.account.meta('s3')).partition}:s3:::{bucket}"
    return {
        "Sid": TLS_STATEMENT,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


async def _write_policy(api: Api, bucket: str, *, tls_only: bool) -> None:
    kept = [each for each in await _statements(api, bucket) if each.get("Sid") != TLS_STATEMENT]
    statements = [*kept, await _tls_only(api, bucket)] if tls_only else kept
    if not statements:
        await api.call("s3", "delete_bucket_policy", Bucket=bucket)
        return
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    await api.call("s3", "put_bucket_policy", Bucket=bucket, Policy=policy)


async def _rules(api: Api, bucket: str) -> list[dict[str, Any]]:
    answer = await looked_up(api, "s3", "get_bucket_lifecycle_configuration", Bucket=bucket)
    return list(answer["Rules"]) if answer else []


async def _write_lifecycle(api: Api, bucket: str, days: int | None) -> None:
    rules = [rule for rule in await _rules(api, bucket) if rule.get("ID") not in {OLD_VERSIONS, UPLOADS}]
    if days is not None:
        everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
        rules += [
            {"ID": OLD_VERSIONS, **everything, "NoncurrentVersionExpiration": {"NoncurrentDays": days}},
            {"ID": UPLOADS, **everything, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UPLOADS_DAYS}},
        ]
    if not rules:
        await api.call("s3", "delete_bucket_lifecycle", Bucket=bucket)
        return
    configuration = {"Rules": rules}
    await api.call("s3", "put_bucket_lifecycle_configuration", Bucket=bucket, LifecycleConfiguration=configuration)
