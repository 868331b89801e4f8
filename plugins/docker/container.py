"""The resource ``docker.Container``: one container of the Docker engine.

Making it is in ``container_create``; here are the rest of its life and what a refresh sees.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from plugins.docker import container_state
from plugins.docker.bridged import BridgedResource, Found, plain, without_defaults
from plugins.docker.container_create import CONFLICT, ContainerCreation, start
from plugins.docker.container_request import resources
from plugins.docker.container_schema import CHANGEABLE, FIXED, SCHEMA
from plugins.docker.container_state import THROTTLES
from plugins.docker.engine import EngineRefused, post
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.redaction import hide
from plugins.rpc.resource import ChangeKind, Created, DiffResult, PropertyChange, ReadResult
from plugins.rpc.values import Secret

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

REMOVE_TIMEOUT_SECONDS = 60
LIMITS = tuple(CHANGEABLE)[: tuple(CHANGEABLE).index("attach")]


class Container(BridgedResource):
    """Container; its id is the engine's id of it."""

    schema = SCHEMA

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare with the container as it is: they get removed and stopped behind our back, and a look is cheap.

        The engine offers to read resources before an update (``refresh_before_update``), but runs a second process of
        every provider to do so (pkg/resource/deploy/providers/registry.go: Check always loads a new one).
        """
        seen, old = await self._inspect(id), plain(old_inputs)
        if seen is None and not old.get("rm"):
            await ctx.log("info", f"Container '{old.get('name', id[:12])}' is gone, so it is made again.")
            gone = {"name": PropertyChange(ChangeKind.UPDATE_REPLACE)}
            return DiffResult(changes=True, replaces=["name"], delete_before_replace=True, detailed=gone)
        now = container_state.observed_inputs(old_inputs, seen) if seen else old_inputs
        return await super().diff(ctx, id, now, old_state, news)

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Make and start the container."""
        creation = ContainerCreation(self.engine, ctx, inputs)
        made = await creation.run()
        seen = await self._inspect(made)
        if seen is None:  # rm: true, and it ended already
            return Created(made, self.outputs(made, inputs, {"containerLogs": _as_secret_as(inputs, creation.logs)}))
        return Created(made, self._outputs_of(inputs, seen, creation.logs))

    async def named(self, name: str) -> Found | None:
        """Return the container of that name."""
        seen = await self._inspect(name)
        if seen is None or seen["Name"].lstrip("/") != name:  # the engine takes the beginning of an id as well
            return None
        return Found(seen["Id"], seen["Config"].get("Labels"))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at the container; a stopped one that must run comes back with ``mustRun: false``."""
        del ctx
        seen = await self._inspect(id)
        if seen is None:
            return None
        current = container_state.observed_inputs(inputs, seen) if inputs else container_state.imported_inputs(seen)
        return ReadResult(seen["Id"], current, self._outputs_of(current, seen, state.get("containerLogs", "")))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Change limits and restart policy of the running container; start it when it should run."""
        if ctx.preview:
            return {**old_state, **without_defaults(news)}
        after = plain(news)
        doing = f"change container '{after['name']}'"
        seen = await self.engine.call(doing, lambda api: api.inspect_container(id))
        before = plain(container_state.observed_inputs(old_inputs, seen))
        if any(before.get(key) != after.get(key) for key in LIMITS):
            limits = {key: value for key, value in resources(after).items() if value or key in _touched(before, after)}
            await self.engine.call(doing, lambda api: post(api, f"/containers/{id}/update", limits))
        if after["mustRun"] and not before.get("mustRun") and after["start"]:
            await start(self.engine, id, after["name"], must_stay=not after["attach"])
        seen = await self.engine.call(doing, lambda api: api.inspect_container(id))
        return self._outputs_of(news, seen, old_state.get("containerLogs", ""))

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Stop it with grace if asked to, remove it with its anonymous volumes, and wait until its name is free."""
        del state
        old = plain(inputs)
        grace = old.get("destroyGraceSeconds", 0)
        if grace > 0 and not old.get("attach"):
            await self.engine.find(f"stop container '{id[:12]}'", lambda api: api.stop(id, timeout=grace))
        volumes = old.get("removeVolumes", True)
        doing = f"remove container '{old.get('name', id[:12])}'"
        try:
            await self.engine.find(doing, lambda api: api.remove_container(id, v=volumes, force=True))
        except EngineRefused as refused:
            if refused.status != CONFLICT or "already in progress" not in refused.reason:
                raise
        await self._wait_until_gone(id, doing, ctx.timeout_seconds or REMOVE_TIMEOUT_SECONDS)

    async def _wait_until_gone(self, id: str, doing: str, seconds: float) -> None:  # noqa: A002
        deadline = time.monotonic() + seconds
        while await self._inspect(id) is not None:
            if time.monotonic() > deadline:
                raise ResourceFailed(f"Could not {doing}: it is still there after {seconds:.0f} s.")
            await asyncio.sleep(0.2)

    async def _inspect(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        return await self.engine.find(f"inspect container '{id[:12]}'", lambda api: api.inspect_container(id))

    def _outputs_of(self, inputs: Properties, seen: dict[str, Any], logs: str | Secret | None) -> Properties:
        """Join inputs and what is there; fixed inputs keep the form in which the program gave them."""
        own = plain(inputs)
        found = {
            key: value for key, value in container_state.outputs(seen).items() if key not in FIXED or key not in own
        }
        if "ports" in own:
            found["ports"] = container_state.ports(own, seen)
        defaults = {
            "envs": own.get("envs"),
            "labels": own.get("labels", []),
            "containerLogs": _as_secret_as(inputs, logs),
        }
        return self.outputs(seen["Id"], inputs, {**defaults, **found})


def _as_secret_as(inputs: Properties, logs: str | Secret | None) -> str | Secret | None:
    """Return a container's output, as a secret if a secret input shows in it."""
    if isinstance(logs, Secret) or not logs:
        return logs or None
    return Secret(logs) if hide(logs, inputs) != logs else logs


def _touched(before: Properties, after: Properties) -> set[str]:
    """Return the engine's names of limits that were taken away, which must be sent although they are empty."""
    changed = {key for key in LIMITS if before.get(key) != after.get(key)}
    names = {"cpuShares": "CpuShares", "cpuSet": "CpusetCpus", "memorySwap": "MemorySwap", "memory": "Memory"}
    return {names.get(key) or THROTTLES.get(key, key) for key in changed}
