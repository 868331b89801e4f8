"""A backend in an S3 bucket: `s3://bucket/prefix?region=...&endpoint=...&s3ForcePathStyle=true`.

Credentials come the usual AWS way (environment, shared files, roles), as they do for the CLI. It deliberately does not
judge the URL's other parameters: the CLI names one that it does not know.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 5
READ_SECONDS = 20
ATTEMPTS = 3
MOST_IN_ONE_REQUEST = 1000  # DeleteObjects
PATH_STYLE = ("use_path_style", "s3ForcePathStyle")  # gocloud.dev/blob/s3blob, the CLI's library
TRUE = frozenset({"1", "t", "true"})


@dataclass(frozen=True)
class BucketFiles:
    """The files of a backend in a bucket."""

    bucket: str
    prefix: str = ""
    """What stands before every name; empty, or ends with a slash."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    only_this_machine: bool = False

    @classmethod
    def from_url(cls, url: str) -> BucketFiles:
        """Read a URL as the CLI does (pkg/backend/diy/backend.go of pulumi/pulumi)."""
        parts = urlsplit(url)
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "", dict(parse_qsl(parts.query)))

    def check(self) -> None:
        """Refuse a bucket that is missing, elsewhere, or may not be read.

        Raises:
            OperationFailedError: The text says which, and what to do.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only for such backends

        from operations.backend.refusal import refusal  # noqa: PLC0415

        if not self.bucket:
            raise OperationFailedError("The backend URL names no bucket. Expected: s3://bucket/prefix?region=REGION")
        try:
            # Unlike HeadBucket, the answer has a body that tells an expired token from a bucket of somebody else's.
            self._client.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}.pulumi/", MaxKeys=1)
            answer = self._client.head_bucket(Bucket=self.bucket)
        except (BotoCoreError, ClientError) as error:
            raise OperationFailedError(refusal(error, self.bucket, self._region, self._endpoint)) from error
        # This library follows a bucket to its region; the CLI's does not.
        actual = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region") or self._region
        if actual != self._region:
            raise OperationFailedError(
                f"The bucket '{self.bucket}' for Pulumi's state is in {actual}, not in {self._region}. "
                f"Put region={actual} into the backend URL, or set AWS_REGION."
            )

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        return sorted(entry["Key"].removeprefix(self.prefix) for page in pages for entry in page.get("Contents", ()))

    def read(self, name: str) -> bytes | None:
        """Return an object's content, or None when it is gone."""
        try:
            content: bytes = self._client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
        return content

    def remove(self, names: list[str]) -> None:
        """Remove objects; in a versioned bucket their old versions stay.

        Raises:
            OperationFailedError: Some may not be removed.
        """
        for start in range(0, len(names), MOST_IN_ONE_REQUEST):
            keys = [{"Key": self.prefix + name} for name in names[start : start + MOST_IN_ONE_REQUEST]]
            answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})
            if errors := answer.get("Errors"):
                raise OperationFailedError(
                    f"{len(errors)} object(s) of Pulumi's state in the bucket '{self.bucket}' could not be removed, "
                    f"first {errors[0]['Key']}: {errors[0]['Message']}. Allow s3:DeleteObject, then run this again."
                )

    @property
    def _region(self) -> str:
        return str(self._client.meta.region_name)

    @property
    def _endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        import boto3  # noqa: PLC0415 - a fifth of a second, only for such backends
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from operations.backend.refusal import refusal  # noqa: PLC0415

        by_path = any(self.parameters.get(name, "").lower() in TRUE for name in PATH_STYLE)
        style: Any = {"addressing_style": "path"} if by_path else {}
        config = Config(
            s3=style,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        # The CLI's library reads AWS_REGION; this one knows AWS_DEFAULT_REGION alone.
        region = self.parameters.get("region") or os.environ.get("AWS_REGION")
        endpoint = self.parameters.get("endpoint")
        try:
            session: Any = boto3.Session(profile_name=self.parameters.get("profile"), region_name=region)
            credentials = self._of_role(session) if "role" in self.parameters else {}
            return session.client("s3", endpoint_url=endpoint, config=config, **credentials)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise OperationFailedError(refusal(error, self.bucket, region or "", endpoint or "")) from error

    def _of_role(self, session: Any) -> dict[str, str]:  # noqa: ANN401 - likewise
        given = session.client("sts").assume_role(RoleArn=self.parameters["role"], RoleSessionName="slipway")
        return {
            "aws_access_key_id": given["Credentials"]["AccessKeyId"],
            "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
            "aws_session_token": given["Credentials"]["SessionToken"],
        }
