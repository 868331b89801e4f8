"""The resource ``docker.Tag``: a second name for a local image.

A destroy leaves both names, as the official plugin does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.docker.bridged import BridgedResource, plain
from plugins.docker.image_pull import find_image
from plugins.docker.image_reference import split_reference
from plugins.docker.schema import Schema
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created
from plugins.rpc.schema import STRING, set_of

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

SCHEMA = Schema(
    noun="Tag",
    properties={
        "sourceImage": STRING.needed.forces,
        "targetImage": STRING.needed.forces,
        "tagTriggers": set_of(STRING).forces,
    },
    outputs=("sourceImageId",),
    autonamed=False,
)


class Tag(BridgedResource):
    """Tag; its id is both names with a dot between them."""

    schema = SCHEMA

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Add the name."""
        del ctx
        wanted = plain(inputs)
        source, target = wanted["sourceImage"], wanted["targetImage"]
        repository, tag = split_reference(target)
        seen = await find_image(self.engine, source)
        if seen is None:
            raise ResourceFailed(f"Cannot tag '{source}' as '{target}': this engine has no image '{source}'.")
        await self.engine.call(f"tag image '{source}'", lambda api: api.tag(seen["Id"], repository, tag))
        identity = f"{source}.{target}"
        return Created(identity, self.outputs(identity, inputs, {"sourceImageId": seen["Id"]}))

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Do nothing: other resources may use the name."""
