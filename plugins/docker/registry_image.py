"""The resource ``docker.RegistryImage``: a local image pushed to its registry, and removed from there again.

Unlike ``Image`` it owns what is in the registry, unless ``keepRemotely`` is set.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from plugins.docker.bridged import BridgedResource, plain
from plugins.docker.bridged_build import AUTH_CONFIG, BUILD, TRIGGERS, build_of
from plugins.docker.credentials import Login, auth_address, host_name
from plugins.docker.image_build import build_image, push_image
from plugins.docker.registry_api import RegistryApi
from plugins.docker.schema import Schema, meta
from plugins.rpc.resource import Created, ReadResult
from plugins.rpc.schema import BOOLEAN, STRING

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

SCHEMA = Schema(
    noun="RegistryImage",
    properties={
        "name": STRING.forces,
        "authConfig": AUTH_CONFIG,
        "build": BUILD,
        "insecureSkipVerify": BOOLEAN.by_default(False),
        "keepRemotely": BOOLEAN.by_default(False),
        "triggers": TRIGGERS,
    },
    outputs=("sha256Digest",),
    meta=meta(0, timeouts=True),
)


class RegistryImage(BridgedResource):
    """RegistryImage; its id is the manifest's digest."""

    schema = SCHEMA

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Push, after building when told to."""
        wanted = plain(inputs)
        name, login = wanted["name"], self._login(wanted)
        if wanted.get("build"):
            await build_image(self.engine, ctx, build_of(name, wanted["build"]), login)
        pushed = await push_image(self.engine, ctx, name, login)
        digest = pushed.partition("@")[2]
        return Created(digest, self.outputs(digest, inputs, {"sha256Digest": digest}))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Ask the registry under the same name."""
        del ctx, state
        wanted = plain(inputs)
        if not wanted.get("name"):
            return None  # the id alone does not say which registry to ask
        digest = await asyncio.to_thread(self._registry(wanted).digest, wanted["name"])
        if digest is None:
            return None
        return ReadResult(id, inputs, self.outputs(id, inputs, {"sha256Digest": digest}))

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
        return self.outputs(id, news, {"sha256Digest": old_state.get("sha256Digest", "")})

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the manifest from the registry, unless told to keep it."""
        del ctx, state
        old = plain(inputs)
        if not old.get("keepRemotely"):
            await asyncio.to_thread(self._registry(old).remove, old["name"], id)

    def _login(self, wanted: dict[str, Any]) -> Login:
        own = wanted.get("authConfig")
        if not own:
            return self.engine.credentials.of_image(wanted["name"])
        return Login(own.get("username", ""), own.get("password", ""), auth_address(host_name(own["address"])))

    def _registry(self, wanted: dict[str, Any]) -> RegistryApi:
        return RegistryApi(self._login(wanted), verify=not wanted.get("insecureSkipVerify"))
