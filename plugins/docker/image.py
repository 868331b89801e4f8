"""The resource ``docker.Image``: an image built from a local context and, unless told not to, pushed.

It follows the native part of the official plugin (provider/image.go, provider.go), not the Terraform provider: no
replacement ever, and a destroy leaves image and registry alone.
"""

from __future__ import annotations

import asyncio
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.docker.credentials import Login, auth_address, host_name, registry_of
from plugins.docker.image_build import BUILDERS, Build, build_image, context_of, push_image
from plugins.docker.image_reference import problem_of
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import (
    ChangeKind,
    CheckResult,
    Created,
    DiffResult,
    Failure,
    PropertyChange,
    ReadResult,
    Resource,
)
from plugins.rpc.values import UNKNOWN, Secret, contains_unknown, reveal

if TYPE_CHECKING:
    from plugins.docker.engine import Engine
    from plugins.rpc.resource import Context, Properties

INPUTS = frozenset({"imageName", "build", "registry", "skipPush", "buildOnPreview"})
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class Image(Resource):
    """Image; its id is its name."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in the build's defaults and the digest of its context, which is what a diff later compares."""
        del olds
        given = {key: value for key, value in news.items() if value is not None}
        failures = [Failure(key, f"An Image has no property '{key}'.") for key in given if key not in INPUTS]
        build, wrapped = given.get("build", {}), isinstance(given.get("build"), Secret)
        build = dict(build.value if isinstance(build, Secret) else build) if build is not UNKNOWN else UNKNOWN
        if build is not UNKNOWN:
            # Digesting a large context takes a while; other resources go on meanwhile.
            failures += await asyncio.to_thread(_complete_build, build)
            if "platform" not in build:
                build["platform"] = host_platform()
                await ctx.log("info", _platform_notice(build["platform"]))
        inputs = {"buildOnPreview": False, **given, "build": Secret(build) if wrapped else build}
        return CheckResult(inputs, [*failures, *_name_failures(reveal(inputs))])

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare by top key with the inputs kept in the state; a new registry login alone is no reason to build."""
        del ctx, id
        old, new = reveal(old_state.get("__inputs", old_inputs)), reveal(news)
        detailed: dict[str, PropertyChange] = {}
        for key in sorted({*old, *new}):
            if key not in old:
                detailed[key] = PropertyChange(ChangeKind.ADD)
            elif key not in new:
                detailed[key] = PropertyChange(ChangeKind.DELETE)
            elif old[key] != new[key] and not (key == "registry" and _same_server(old[key], new[key])):
                detailed[key] = PropertyChange(ChangeKind.UPDATE)
        return DiffResult(bool(detailed), detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Build and push; a preview builds only with ``buildOnPreview``."""
        name = reveal(inputs.get("imageName"))
        if ctx.preview and not await self._can_preview(ctx, inputs):
            return Created("", {**inputs, "repoDigest": UNKNOWN})
        return Created(str(name), await self._build(ctx, inputs))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Echo the state: the official plugin reconciles nothing here."""
        del ctx
        return ReadResult(id, inputs, state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Build and push again."""
        del id, old_inputs
        if ctx.preview and not await self._can_preview(ctx, news):
            return {**old_state, **news, "repoDigest": UNKNOWN}
        return await self._build(ctx, news)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Do nothing, as the official plugin: other places may use the image."""

    async def _can_preview(self, ctx: Context, inputs: Properties) -> bool:
        wanted = inputs["buildOnPreview"]
        if wanted is False:
            return False
        if contains_unknown(inputs):
            await ctx.log("warning", "Not all inputs are known yet, so the image is not built in this preview.")
            return False
        return bool(reveal(wanted))

    async def _build(self, ctx: Context, inputs: Properties) -> Properties:
        wanted = reveal(inputs)
        build, registry, name = wanted["build"], wanted.get("registry") or {}, wanted["imageName"]
        context = context_of(build["context"], build["dockerfile"])
        login = self._login(name, registry)
        built = await build_image(self.engine, ctx, _build_of(name, build), login)
        local_only = wanted.get("skipPush") or ctx.preview
        digest = built if local_only else await push_image(self.engine, ctx, name, login)
        return {
            "baseImageName": name,
            "imageName": name,
            "context": build["context"],
            "dockerfile": context.dockerfile_in_context,
            "platform": build["platform"],
            "registryServer": registry.get("server", ""),
            "repoDigest": digest,
            "__inputs": Secret(wanted),
        }

    def _login(self, name: str, registry: dict[str, str]) -> Login:
        server = host_name(registry.get("server") or registry_of(name))
        if registry.get("username") and registry.get("password"):
            return Login(registry["username"], registry["password"], auth_address(server))
        return self.engine.credentials.of_registry(server)


def _complete_build(build: dict[str, Any]) -> list[Failure]:
    """Fill in context, Dockerfile and digest where they can be known."""
    build.setdefault("context", ".")
    plain = reveal(build)
    if plain["context"] is UNKNOWN or plain.get("dockerfile") is UNKNOWN:
        return []
    if "dockerfile" not in build:
        build["dockerfile"] = str(Path(plain["context"]) / "Dockerfile")
    if plain.get("builderVersion", "BuilderV1") not in {*BUILDERS, UNKNOWN}:
        return [Failure("build.builderVersion", f"builderVersion must be one of {', '.join(BUILDERS)}.")]
    directory, dockerfile = Path(plain["context"]), Path(str(reveal(build["dockerfile"])))
    if not dockerfile.is_file():
        below = directory / dockerfile
        hint = f" Try '{below}': the path is relative to the program." if below.is_file() else ""
        return [Failure("build.dockerfile", f"There is no Dockerfile '{dockerfile}'.{hint}")]
    if not directory.is_dir():
        return [Failure("build.context", f"There is no directory '{directory}'.")]
    try:
        build["contextDigest"] = context_of(str(directory), str(dockerfile)).digest()
    except ResourceFailed as failed:
        return [Failure("build.context", str(failed))]
    return []


def _name_failures(inputs: dict[str, Any]) -> list[Failure]:
    name, build = inputs.get("imageName"), inputs.get("build")
    if name is None:
        return [Failure("imageName", "An Image needs 'imageName', which is missing.")]
    cached = build.get("cacheFrom") if isinstance(build, dict) else None
    if name is UNKNOWN or (inputs.get("skipPush") and not cached):
        return []
    reason = problem_of(str(name))
    return [Failure("imageName", reason)] if reason else []


def _build_of(name: str, build: dict[str, Any]) -> Build:
    return Build(
        name=name,
        context=context_of(build["context"], build["dockerfile"]),
        builder=build.get("builderVersion", "BuilderBuildKit"),
        arguments=build.get("args") or {},
        target=build.get("target", ""),
        platform=build.get("platform", ""),
        network=build.get("network", ""),
        add_hosts=tuple(build.get("addHosts") or ()),
        cache_from=tuple((build.get("cacheFrom") or {}).get("images") or ()),
    )


def _same_server(old: Any, new: Any) -> bool:  # noqa: ANN401 - property values are dynamic
    return isinstance(old, dict) and isinstance(new, dict) and old.get("server") == new.get("server")


def host_platform() -> str:
    """Return the platform that images are built for when the program names none."""
    machine = platform.machine()
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"


def _platform_notice(chosen: str) -> str:
    return f"Building your image for {chosen}. Set build.platform to build for another one."
