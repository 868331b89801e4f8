"""What IAM's policies call the action that a request needs, where that is not the request's own name.

Source: AWS's Service Authorization Reference.
"""

from __future__ import annotations

from typing import Final

_SERVICES: Final = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}
_OF_S3: Final = {
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}


def action_of(service: str, operation: str) -> str:
    """Return the action, such as ``ec2:CreateVpc``, of an operation of one of boto's services."""
    action = _OF_S3.get(operation, operation) if service == "s3" else operation
    return f"{_SERVICES.get(service, service)}:{action}"
