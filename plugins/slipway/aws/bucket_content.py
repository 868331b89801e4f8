"""What is in a bucket, for its end: counted, and removed with all versions and unfinished uploads.

It reads no object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api

MOST_IN_ONE_REQUEST: Final = 1000


async def count(api: Api, bucket: str) -> int:
    """Return how many object versions and delete markers there are; 0 for a bucket that is gone."""
    return len(await _versions(api, bucket))


async def empty(api: Api, bucket: str) -> None:
    """Remove everything that keeps a bucket from being removed."""
    for upload in await api.listed("s3", "list_multipart_uploads", "Uploads", Bucket=bucket):
        await api.call("s3", "abort_multipart_upload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    versions = await _versions(api, bucket)
    for start in range(0, len(versions), MOST_IN_ONE_REQUEST):
        await api.ctx.status(f"deleting {len(versions) - start} object version(s)")
        part = {"Objects": versions[start : start + MOST_IN_ONE_REQUEST], "Quiet": True}
        answer = await api.call("s3", "delete_objects", Bucket=bucket, Delete=part)
        if errors := answer.get("Errors"):
            raise ResourceFailed(
                f"{api.who}: {len(errors)} object(s) of '{bucket}' could not be deleted, first {errors[0]['Key']}: "
                f"{errors[0]['Message']}. Allow s3:DeleteObject and s3:DeleteObjectVersion, or see what locks them."
            )


async def _versions(api: Api, bucket: str) -> list[dict[str, str]]:
    found = [
        each
        for kind in ("Versions", "DeleteMarkers")
        for each in await api.listed("s3", "list_object_versions", kind, Bucket=bucket)
    ]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
