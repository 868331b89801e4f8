"""The resource ``docker.Volume``: a named volume of the Docker engine.

Its content is nobody's business here; cluster volumes (Swarm) are not covered.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from plugins.docker import ownership
from plugins.docker.bridged import BridgedResource, label_list, label_map, plain
from plugins.docker.engine import EngineRefused
from plugins.docker.schema import LABELS, STRING, STRINGS, Property, Schema, meta
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created, ReadResult

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

SCHEMA = Schema(
    noun="Volume",
    properties={
        "name": STRING.forces,
        "labels": LABELS.forces,
        "driver": STRING.forces.decided,
        "driverOpts": STRINGS.forces,
        "cluster": Property("object").refused,
    },
    outputs=("mountpoint",),
    meta=meta(1),
)

REMOVE_TIMEOUT_SECONDS = 30


class Volume(BridgedResource):
    """Volume; its id is its name."""

    schema = SCHEMA

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the volume.

        Docker answers with the existing volume when the name is taken, whoever's data it holds. That one is taken over
        only when it was made for this very resource: a later destroy removes it with its content.
        """
        if ctx.preview:
            return Created("", self.preview(inputs))
        wanted, marks = plain(inputs), ownership.marks(ctx, inputs)
        name = wanted["name"]
        existing = await self._inspect(name)
        if existing and not ownership.same_resource(existing.get("Labels"), marks):
            raise ResourceFailed(
                f"Volume '{name}' exists already. {ownership.described(existing.get('Labels'))}\n"
                f"Remove it with its data (docker volume rm {name}), keep it (pulumi import docker:index/volume:Volume "
                f"NAME {name}), or choose another name."
            )
        seen = await self.engine.call(
            f"create volume '{name}'",
            lambda api: api.create_volume(
                name,
                driver=wanted.get("driver"),
                driver_opts=wanted.get("driverOpts"),
                labels={**label_map(wanted.get("labels")), **marks},
            ),
        )
        return Created(name, self.outputs(inputs, _outputs(seen)))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at the volume; an import takes its inputs from what is there."""
        del ctx, state
        seen = await self._inspect(id)
        if seen is None:
            return None
        found = _outputs(seen)
        current = inputs or {key: value for key, value in found.items() if key in self.schema.properties and value}
        return ReadResult(id, current, self.outputs(current, found))

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the volume; containers that are just ending get half a minute to let go of it."""
        del inputs, state
        deadline = time.monotonic() + (ctx.timeout_seconds or REMOVE_TIMEOUT_SECONDS)
        while True:
            try:
                await self.engine.find(f"remove volume '{id}'", lambda api: api.remove_volume(id, force=True))
            except EngineRefused as refused:
                if "volume is in use" not in refused.reason:
                    raise
                if time.monotonic() > deadline:
                    hint = f"See which container uses it: docker ps -a --filter volume={id}"
                    raise ResourceFailed(f"{refused}\n{hint}") from refused
                await asyncio.sleep(0.5)
            else:
                return

    async def _inspect(self, name: str) -> dict[str, Any] | None:
        return await self.engine.find(f"inspect volume '{name}'", lambda api: api.inspect_volume(name))


def _outputs(seen: dict[str, Any]) -> Properties:
    return {
        "name": seen["Name"],
        "labels": label_list(ownership.without_marks(seen.get("Labels"))),
        "driver": seen["Driver"],
        "driverOpts": seen.get("Options") or {},
        "mountpoint": seen["Mountpoint"],
    }
