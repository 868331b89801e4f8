"""The resource type ``slipway:aws:Bucket``: versioned, encrypted, closed to the public, over TLS only.

Its name is the whole world's, so it is never made up: a name that somebody has is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of
from plugins.slipway.aws import bucket_content, bucket_settings, tags
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.lookup import looked_up
from plugins.slipway.aws.resource import TAGGED, AwsResource
from plugins.slipway.aws.resumed import Resumed

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.account import Account
    from plugins.slipway.aws.api import Api

_NAME: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_FIRST_REGION: Final = "us-east-1"
"""The one that must not be named in the request."""


class Bucket(AwsResource):
    """A place for objects."""

    noun = "Bucket"
    inputs: ClassVar = {
        **TAGGED,
        "name": STRING.needed.forces.matching(_NAME, "3 to 63 small letters, digits, dots and dashes"),
        "versioned": BOOLEAN.by_default(True),
        "encryption": object_of(
            type=STRING.one_of("AES256", "KMS").by_default("AES256"), kmsKeyArn=STRING.decided
        ).by_default({"type": "AES256"}),
        "publicAccessBlocked": BOOLEAN.by_default(True),
        "tlsOnly": BOOLEAN.by_default(True),
        "oldVersionsDays": INTEGER.at_least(1),
        "forceDestroy": BOOLEAN.by_default(False),
    }
    outputs = ("arn", "region")

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._resumed = Resumed()

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """No two buckets have one name."""
        return bool(old.get("name") == new.get("name"))

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the bucket and mark it at once; go on with an unmarked, empty one that a killed run made."""
        name, region = wanted["name"], (await api.account.meta("s3")).region_name
        resumed = self._resumed.take(api)
        # In one region AWS calls it a success to make a bucket that one has, and empties nothing, but tells nothing.
        if not await _is_mine(api, name):
            place = None if region == _FIRST_REGION else {"LocationConstraint": region}
            await api.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=place)
        elif not resumed or await bucket_settings.raw_tags(api, name) or await bucket_content.count(api, name):
            api.account.creations.forget(api.ctx.urn)
            raise ResourceFailed(
                f"{api.who}: the bucket '{name}' is there already, and this stack has not made it. Choose another "
                f"name, or take it over with: pulumi import slipway:aws:Bucket NAME {name}"
            )
        marked = tags.to_api(wanted["tags"], api.token)
        await api.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": marked})
        return str(name)

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark; one that has none yet is seen by ``make``."""
        mark = {"Key": tags.CREATION, "Value": api.token}
        for bucket in await api.listed("s3", "list_buckets", "Buckets"):
            if mark in await bucket_settings.raw_tags(api, bucket["Name"]):
                return str(bucket["Name"])
        self._resumed.note(api)
        return None

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the bucket and all that is set on it."""
        if await looked_up(api, "s3", "head_bucket", Bucket=id) is None:
            return None
        meta = await api.account.meta("s3")
        return {
            "name": id,
            **await bucket_settings.read(api, id),
            "tags": tags.from_api(await bucket_settings.raw_tags(api, id)),
            "arn": f"arn:{meta.partition}:s3:::{id}",
            "region": meta.region_name,
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set what differs, what keeps others out first."""
        await bucket_settings.write(api, id, seen, wanted)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the bucket; one that is not empty only where forceDestroy says so."""
        held = await bucket_content.count(api, id)
        if held and not state.get("forceDestroy"):
            raise ResourceFailed(
                f"{api.who}: the bucket '{id}' still has {held} object version(s). Set forceDestroy to true and run "
                "'pulumi up' to have them deleted with it, or delete them yourself."
            )
        await bucket_content.empty(api, id)
        await api.call("s3", "delete_bucket", Bucket=id)

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Write all tags, as the API takes them all at once; the mark of the creation stays."""
        now = {tag["Key"]: tag["Value"] for tag in await bucket_settings.raw_tags(api, id)}
        kept = {key: value for key, value in now.items() if key not in drop and not key.startswith("aws:")}
        await api.call("s3", "put_bucket_tagging", Bucket=id, Tagging={"TagSet": tags.to_api({**kept, **put})})


async def _is_mine(api: Api, name: str) -> bool:
    """Tell whether this account has the bucket; one of another account is an error."""
    try:
        return await looked_up(api, "s3", "head_bucket", Bucket=name) is not None
    except AwsFailed as failed:
        if failed.code != "403":
            raise
        raise ResourceFailed(
            f"{api.who}: the bucket '{name}' is somebody else's, or these credentials may not see it. Names of buckets "
            "are the whole world's: choose another one, or allow s3:ListBucket."
        ) from None
