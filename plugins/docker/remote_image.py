"""The resource ``docker.RemoteImage``: an image on the engine, pulled from its registry or built.

Pushing is not its business: see ``Image`` and ``RegistryImage``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.docker.bridged import BridgedResource, plain
from plugins.docker.bridged_build import BUILD, PULL_TRIGGERS, TRIGGERS, build_of
from plugins.docker.engine import EngineRefused
from plugins.docker.image_build import build_image
from plugins.docker.image_identity import repo_digest
from plugins.docker.image_pull import ensure_local, find_image
from plugins.docker.schema import Schema, meta
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created, ReadResult
from plugins.rpc.schema import BOOLEAN, STRING

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

SCHEMA = Schema(
    noun="RemoteImage",
    properties={
        "name": STRING.needed.forces,
        "build": BUILD,
        "forceRemove": BOOLEAN,
        "keepLocally": BOOLEAN,
        "platform": STRING.forces,
        "pullTriggers": PULL_TRIGGERS,
        "triggers": TRIGGERS,
    },
    outputs=("imageId", "repoDigest"),
    autonamed=False,
    meta=meta(0, timeouts=True),
)


class RemoteImage(BridgedResource):
    """RemoteImage; its id is the image's id and its name, one after the other."""

    schema = SCHEMA

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Build the image, or pull it unless the engine has it."""
        wanted = plain(inputs)
        name = wanted["name"]
        if wanted.get("build"):
            await build_image(self.engine, ctx, build_of(name, wanted["build"]), self.engine.credentials.of_image(name))
        seen = await ensure_local(self.engine, ctx, name, wanted.get("platform"))
        found = {"imageId": seen["Id"], "repoDigest": repo_digest(name, seen)}
        identity = f"{seen['Id']}{name}"
        return Created(identity, self.outputs(identity, inputs, found))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look for the image by its name; an import takes the name from the id."""
        del ctx, state
        name = plain(inputs).get("name") or id.removeprefix("sha256:")[64:] or id
        seen = await find_image(self.engine, name)
        if seen is None:
            return None
        found = {"imageId": seen["Id"], "repoDigest": repo_digest(name, seen)}
        current = inputs or {"name": name}
        identity = f"{seen['Id']}{name}"
        return ReadResult(identity, current, self.outputs(identity, current, found))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Take over options that only a later destroy looks at."""
        del ctx, old_inputs
        return self.outputs(id, news, {key: old_state.get(key, "") for key in self.schema.outputs})

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the name from the engine, unless told to keep it; layers go with the last name."""
        del ctx, id, state
        old = plain(inputs)
        if old.get("keepLocally"):
            return
        name, force = old["name"], old.get("forceRemove", False)
        try:
            await self.engine.find(f"remove image '{name}'", lambda api: api.remove_image(name, force=force))
        except EngineRefused as refused:
            hint = f"Remove what uses it (docker ps -a --filter ancestor={name}), or set keepLocally."
            raise ResourceFailed(f"{refused}\n{hint}") from refused
