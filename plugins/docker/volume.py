"""The resource ``docker.Volume``: a named volume of the Docker engine.

Its content is nobody's business here; what a Swarm volume is made of is in ``volume_cluster``.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from plugins.docker import ownership
from plugins.docker.bridged import BridgedResource, Found, label_list, label_map, plain, without_defaults
from plugins.docker.engine import EngineRefused, post, put
from plugins.docker.engine_version import CLUSTER_VOLUME, require
from plugins.docker.schema import LABELS, Schema, meta
from plugins.docker.volume_cluster import CLUSTER, cluster_outputs, cluster_spec
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created, ReadResult
from plugins.rpc.schema import STRING, STRINGS

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

SCHEMA = Schema(
    noun="Volume",
    properties={
        "name": STRING.forces,
        "labels": LABELS.forces,
        "driver": STRING.forces.decided,
        "driverOpts": STRINGS.forces,
        "cluster": CLUSTER,
    },
    outputs=("mountpoint",),
    meta=meta(1),
)

REMOVE_TIMEOUT_SECONDS = 30


class Volume(BridgedResource):
    """Volume; its id is its name."""

    schema = SCHEMA

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Make the volume.

        Docker answers with the existing volume when the name is taken, whoever's data it holds. That one is taken over
        only when it was made for this very resource: a later destroy removes it with its content.
        """
        wanted = plain(inputs)
        marks = ownership.marks(ctx, wanted)
        name = wanted["name"]
        existing = await self._inspect(name)
        if existing and not ownership.same_resource(existing.get("Labels"), marks):
            raise ResourceFailed(
                f"Volume '{name}' exists already. {ownership.described(existing.get('Labels'))}\n"
                f"Remove it with its data (docker volume rm {name}), keep it (pulumi import docker:index/volume:Volume "
                f"NAME {name}), or choose another name."
            )
        if wanted.get("cluster"):
            require({"cluster": CLUSTER_VOLUME}, await self.engine.api_version())
        body = _create_request(wanted, marks)
        seen = await self.engine.call(f"create volume '{name}'", lambda api: post(api, "/volumes/create", body))
        return Created(name, self.outputs(name, inputs, _outputs(seen)))

    async def named(self, name: str) -> Found | None:
        """Return the volume of that name."""
        seen = await self._inspect(name)
        return Found(name, seen.get("Labels")) if seen else None

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at the volume; an import takes its inputs from what is there."""
        del ctx, state
        seen = await self._inspect(id)
        if seen is None:
            return None
        found = _outputs(seen)
        current = inputs or {key: value for key, value in found.items() if key in self.schema.properties and value}
        return ReadResult(id, current, self.outputs(id, current, found))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Change whether Swarm may use the volume, the one thing that can change on one."""
        del old_inputs
        if ctx.preview:
            return {**old_state, **without_defaults(news)}
        doing = f"change volume '{id}'"
        seen = await self.engine.call(doing, lambda api: api.inspect_volume(id))
        shared = seen["ClusterVolume"]
        body = {"Spec": {**shared["Spec"], "Availability": plain(news)["cluster"]["availability"]}}
        version = str(shared["Version"]["Index"])
        await self.engine.call(doing, lambda api: put(api, f"/volumes/{shared['ID']}", body, version=version))
        seen = await self.engine.call(doing, lambda api: api.inspect_volume(id))
        return self.outputs(id, news, _outputs(seen))

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


def _create_request(wanted: Properties, marks: dict[str, str]) -> dict[str, Any]:
    body = {
        "Name": wanted["name"],
        "Driver": wanted.get("driver"),
        "DriverOpts": wanted.get("driverOpts"),
        "Labels": {**label_map(wanted.get("labels")), **marks},
        "ClusterVolumeSpec": cluster_spec(wanted["cluster"]) if wanted.get("cluster") else None,
    }
    return {key: value for key, value in body.items() if value}


def _outputs(seen: dict[str, Any]) -> Properties:
    shared = seen.get("ClusterVolume")
    return {
        **({"cluster": cluster_outputs(shared)} if shared else {}),
        "name": seen["Name"],
        "labels": label_list(ownership.without_marks(seen.get("Labels"))),
        "driver": seen["Driver"],
        "driverOpts": seen.get("Options") or {},
        "mountpoint": seen["Mountpoint"],
    }
