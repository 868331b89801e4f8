"""Builds an image on the engine from a local context, and pushes it to its registry.

When to do so is the resource's business, in ``image``.
"""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from plugins.docker.base_images import base_images
from plugins.docker.build_context import BuildContext
from plugins.docker.dockerfile import line_of_step
from plugins.docker.image_pull import StreamFailed, ensure_local, follow, pull
from plugins.docker.image_reference import normalized_repository, split_reference
from plugins.docker.progress import Progress
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import docker

    from plugins.docker.credentials import Login
    from plugins.docker.engine import Engine
    from plugins.rpc.resource import Context

BUILDERS = {"BuilderV1": "1", "BuilderBuildKit": "2"}
# Contexts up to this size stay in memory on their way to the engine.
SPOOL_BYTES = 4 << 20


@dataclass(frozen=True)
class Build:
    """What to build, from the checked ``build`` input or its like."""

    name: str
    context: BuildContext
    builder: str = "BuilderBuildKit"
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = ""
    network: str = ""
    add_hosts: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    no_cache: bool = False
    pull_parent: bool = False
    more_tags: tuple[str, ...] = ()

    def parameters(self, dockerfile: str) -> dict[str, str | list[str]]:
        """Return the query of the engine's build request."""
        given: dict[str, str | list[str]] = {
            "t": [self.name, *self.more_tags],
            "dockerfile": dockerfile,
            "version": BUILDERS[self.builder],
            "target": self.target,
            "platform": self.platform,
            "networkmode": self.network,
            "extrahosts": ",".join(self.add_hosts),
            "buildargs": json.dumps(dict(self.arguments)) if self.arguments else "",
            "labels": json.dumps(dict(self.labels)) if self.labels else "",
            "cachefrom": json.dumps(list(self.cache_from)) if self.cache_from else "",
            "nocache": "1" if self.no_cache else "",
            "pull": "1" if self.pull_parent else "",
            "rm": "1",
            "forcerm": "1",  # a failed step must not leave its container
        }
        return {key: value for key, value in given.items() if value}


async def build_image(engine: Engine, ctx: Context, build: Build, login: Login) -> str:
    """Build and return the image's id.

    Raises:
        ResourceFailed: a step failed; the text has its last lines.
    """
    dockerfile = build.context.dockerfile.read_text(errors="replace")
    for image in base_images(dockerfile, build.arguments):
        await ensure_local(engine, ctx, image, build.platform, login)
    for image in build.cache_from:
        try:
            await pull(engine, ctx, image, build.platform, login)
        except ResourceFailed as failed:
            await ctx.log("info", f"cacheFrom image {image} is not available: {failed}")
    progress = Progress(ctx)
    await ctx.status(f"Building {build.name}")

    def work(api: docker.APIClient) -> str:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as archive:
            name = build.context.write_archive(archive)
            archive.seek(0)
            lines = _post_build(api, archive, build.parameters(name), login)
            ids = [aux["ID"] for aux in follow(lines, progress, f"build {build.name}") if "ID" in aux]
        if not ids:
            raise ResourceFailed(f"The engine built {build.name}, but did not say under which id.")
        return str(ids[-1])

    try:
        return await engine.call(f"build image '{build.name}'", work)
    except StreamFailed as failed:
        line = line_of_step(dockerfile, failed.step)
        where = f"{build.context.dockerfile}, line {line}" if line else str(build.context.dockerfile)
        raise ResourceFailed(f"{where}: {failed}") from failed


async def push_image(engine: Engine, ctx: Context, name: str, login: Login) -> str:
    """Push and return ``repository@sha256:...`` as the registry now has it.

    Raises:
        ResourceFailed: the registry did not take it.
    """
    repository, tag = split_reference(name)
    progress = Progress(ctx)
    await ctx.status(f"Pushing {name}")

    def work(api: docker.APIClient) -> str:
        lines = api.push(repository, tag=tag, stream=True, decode=True, auth_config=login.auth_config() or {})
        digests = [aux["Digest"] for aux in follow(lines, progress, f"push {name}") if "Digest" in aux]
        if not digests:
            raise ResourceFailed(f"{name} was pushed, but the engine did not say under which digest.")
        return f"{normalized_repository(name)}@{digests[-1]}"

    try:
        return await engine.call(f"push image '{name}'", work)
    except ResourceFailed as failed:
        raise ResourceFailed(f"{failed}{_hint(str(failed), repository, login)}") from failed


def _hint(text: str, repository: str, login: Login) -> str:
    registry = repository.partition("/")[0]
    if any(word in text for word in ("no basic auth credentials", "unauthorized", "denied", "authentication required")):
        who = f"user '{login.username}'" if login.username else "an anonymous user"
        return f"\nThe registry {registry} refused {who}: see registry.username and registry.password."
    if "certificate" in text:
        return (
            f"\nThe engine does not trust the registry's certificate: put its CA into /etc/docker/certs.d/{registry}/."
        )
    if "connection refused" in text:
        return f"\nNo registry listens at {registry}."
    return ""


def _post_build(
    api: docker.APIClient, archive: IO[bytes], parameters: dict[str, str | list[str]], login: Login
) -> Iterator[dict[str, Any]]:
    """Send the build request; the client's own ``build`` cannot ask for BuildKit."""
    client: Any = api
    headers = {"Content-Type": "application/x-tar"}
    if login.username:
        logins = {login.server: {"username": login.username, "password": login.password}}
        headers["X-Registry-Config"] = base64.urlsafe_b64encode(json.dumps(logins).encode()).decode()
    url = client._url("/build")  # noqa: SLF001 - see above
    response = client._post(url, data=archive, params=parameters, headers=headers, stream=True)  # noqa: SLF001
    client._raise_for_status(response)  # noqa: SLF001
    yield from client._stream_helper(response, decode=True)  # noqa: SLF001


def context_of(directory: str, dockerfile: str) -> BuildContext:
    """Return the context for two paths as the program gave them."""
    return BuildContext(Path(directory), Path(dockerfile))
