"""Makes a container: image, create, networks, files, start, and the wait until it is what was asked for.

What goes wrong on the way takes the container away again; later changes are in ``container``.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from plugins.docker import ownership
from plugins.docker.bridged import plain
from plugins.docker.container_failures import failed_to_start, name_taken
from plugins.docker.container_request import create_request, endpoint_config
from plugins.docker.container_upload import archive_of
from plugins.docker.engine import EngineRefused, post, post_silent
from plugins.docker.engine_version import container_needs, require
from plugins.docker.image_pull import ensure_local
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.docker.engine import Engine
    from plugins.rpc.resource import Context, Properties

CONFLICT = 409
# Long enough for a program that cannot start at all to be gone, short enough not to be felt.
SETTLE_SECONDS = 0.3


class ContainerCreation:
    """One creation; ``run`` returns the container's id."""

    def __init__(self, engine: Engine, ctx: Context, inputs: Properties) -> None:
        self._engine = engine
        self._ctx = ctx
        self._wanted = plain(inputs)
        self._marks = ownership.marks(ctx, self._wanted)
        self._name = str(self._wanted["name"])
        self.logs = ""

    async def run(self) -> str:
        """Create the container, or take over the one that an interrupted creation left."""
        if "" in self._wanted.get("command", []):
            raise ResourceFailed(f"Container '{self._name}': command has an empty part, which Docker does not accept.")
        request = create_request(self._wanted, self._marks)
        require(container_needs(self._wanted), await self._engine.api_version())
        await ensure_local(self._engine, self._ctx, self._wanted["image"], self._wanted.get("platform"))
        adopted = await self._left_over()
        if adopted:
            return adopted
        made = await self._create(request)
        try:
            await self._complete(made)
        except BaseException:
            # Also when the operation is cancelled: a half-made container would block its name for the next run.
            await asyncio.shield(self._remove(made))
            raise
        return made

    async def _create(self, request: dict[str, Any]) -> str:
        platform = self._wanted.get("platform")
        try:
            made = await self._engine.call(
                f"create container '{self._name}'",
                lambda api: post(api, "/containers/create", request, name=self._name, platform=platform),
            )
        except EngineRefused as refused:
            if refused.status == CONFLICT and "is already in use" in refused.reason:
                raise await name_taken(self._engine, self._name) from refused
            raise
        return str(made["Id"])

    async def _left_over(self) -> str | None:
        """Return a finished container of this very resource; remove one that was never started, it holds no data."""
        doing = f"inspect container '{self._name}'"
        seen = await self._engine.find(doing, lambda api: api.inspect_container(self._name))
        if seen is None or seen["Name"].lstrip("/") != self._name:
            return None
        labels = seen["Config"].get("Labels")
        if not ownership.same_resource(labels, self._marks):
            return None
        if seen["State"]["Status"] == "created":
            await self._remove(seen["Id"])
            return None
        if ownership.same_object(labels, self._marks):
            await self._ctx.log("info", f"Taking over container '{self._name}', left by an interrupted run.")
            await self._run(seen["Id"])
            return str(seen["Id"])
        return None

    async def _complete(self, made: str) -> None:
        if self._wanted.get("networksAdvanced"):
            await self._connect(made)
        if self._wanted.get("uploads"):
            archive = archive_of(self._wanted["uploads"])
            await self._engine.call(
                f"copy files into container '{self._name}'", lambda api: api.put_archive(made, "/", archive)
            )
        await self._run(made)

    async def _run(self, made: str) -> None:
        if self._wanted["start"]:
            await self._start(made)
            if self._wanted["wait"]:
                await self._wait_until_healthy(made)
        if self._wanted["attach"]:
            await self._wait_until_ended(made)

    async def _connect(self, made: str) -> None:
        """Swap the default network, which every container starts with, for the ones that were asked for."""
        try:
            await self._engine.call(
                "disconnect the default network", lambda api: api.disconnect_container_from_network(made, "bridge")
            )
        except EngineRefused as refused:
            if "is not connected" not in refused.reason:
                raise
        for network in self._wanted["networksAdvanced"]:
            await self._connect_one(made, network["name"], endpoint_config(network))

    async def _connect_one(self, made: str, network: str, endpoint: dict[str, Any]) -> None:
        body = {"Container": made, "EndpointConfig": endpoint}
        await self._engine.call(
            f"connect container '{self._name}' to network '{network}'",
            lambda api: post_silent(api, f"/networks/{quote(network, safe='')}/connect", body),
        )

    async def _start(self, made: str) -> None:
        await start(self._engine, made, self._name, must_stay=self._wanted["mustRun"] and not self._wanted["attach"])

    async def _wait_until_healthy(self, made: str) -> None:
        deadline = time.monotonic() + self._wanted["waitTimeout"]
        while time.monotonic() < deadline:
            seen = await self._engine.call("inspect the container", lambda api: api.inspect_container(made))
            health = seen["State"].get("Health")
            if health is None:
                raise ResourceFailed(
                    f"Container '{self._name}': 'wait' waits for its healthcheck, but it has none.\n"
                    "Add a healthcheck, or leave 'wait' out."
                )
            if health["Status"] == "healthy":
                return
            await self._ctx.status(f"Waiting until {self._name} is healthy ({health['Status']})")
            await asyncio.sleep(0.5)
        last = (health.get("Log") or [{}])[-1].get("Output", "").strip()
        raise ResourceFailed(
            f"Container '{self._name}' was not healthy within {self._wanted['waitTimeout']} s; its last check said: "
            f"{last or 'nothing'}\nRaise waitTimeout, or see what is wrong with it."
        )

    async def _wait_until_ended(self, made: str) -> None:
        await self._ctx.status(f"Waiting until {self._name} ends")
        if self._wanted["rm"]:
            # It takes its output along, so that is followed; the engine may then miss a last line.
            await self._read_logs(made, follow=True)
        condition: Literal["removed", "not-running"] = "removed" if self._wanted["rm"] else "not-running"
        doing = f"wait for container '{self._name}'"
        await self._engine.find(doing, lambda api: api.wait(made, timeout=None, condition=condition))
        if not self._wanted["rm"]:
            await self._read_logs(made, follow=False)

    async def _read_logs(self, made: str, *, follow: bool) -> None:
        if self._wanted["logs"]:
            text = await self._engine.find("read the container's output", lambda api: api.logs(made, follow=follow))
            self.logs = (text or b"").decode(errors="replace")

    async def _remove(self, made: str) -> None:
        doing = f"remove the half-made container '{self._name}'"
        await self._engine.find(doing, lambda api: api.remove_container(made, v=True, force=True))


async def start(engine: Engine, container: str, name: str, *, must_stay: bool) -> None:
    """Start a container.

    Raises:
        ResourceFailed: it cannot start, or ``must_stay`` and it ended at once; the text has its last words.
    """
    try:
        await engine.call(f"start container '{name}'", lambda api: api.start(container))
    except EngineRefused as refused:
        raise await failed_to_start(engine, name, refused) from refused
    if not must_stay:
        return
    await asyncio.sleep(SETTLE_SECONDS)
    seen = await engine.find(f"inspect container '{name}'", lambda api: api.inspect_container(container))
    if seen is not None and (seen["State"]["Running"] or seen["State"].get("Restarting")):
        return
    text = f"Container '{name}' ended at once, but it must keep running (mustRun)."
    if seen is not None:
        output = await engine.call("read the container's output", lambda api: api.logs(container, tail=20))
        code = seen["State"]["ExitCode"]
        text = f"{text} Exit code {code}. Its last words:\n{output.decode(errors='replace').strip() or '(none)'}"
    raise ResourceFailed(text)
