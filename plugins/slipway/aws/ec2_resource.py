"""What the resource types of EC2 share: how one is looked up, found by its mark, and tagged.

Everything else of a type is in its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import by
from plugins.slipway.aws.resource import AwsResource

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api


class Ec2Resource(AwsResource):
    """One type of thing that EC2 lists and tags."""

    listing: ClassVar[tuple[str, str, str]]
    """The method that lists them, the key of the list in its answer, the key of the id in an item."""

    async def look(self, api: Api, id: str) -> dict[str, Any] | None:  # noqa: A002
        """Return the thing as EC2 describes it."""
        method, items, key = self.listing
        return await api.first("ec2", method, items, **{f"{key}s": [id]})

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark."""
        method, items, key = self.listing
        found = await api.first("ec2", method, items, Filters=by(f"tag:{tags.CREATION}", api.token))
        return str(found[key]) if found else None

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags."""
        if put:
            await api.ec2("create_tags", Resources=[id], Tags=tags.to_api(put))
        if drop:
            await api.ec2("delete_tags", Resources=[id], Tags=[{"Key": key} for key in drop])
