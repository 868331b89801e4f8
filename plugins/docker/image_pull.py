"""Brings an image from its registry to the engine.

Building and pushing are elsewhere; so is the removal of images.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from plugins.docker.buildkit_trace import failed_step, trace_lines
from plugins.docker.image_reference import split_reference
from plugins.docker.progress import Progress
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import docker

    from plugins.docker.credentials import Login
    from plugins.docker.engine import Engine
    from plugins.rpc.resource import Context


# How many lines of a failed build are worth repeating.
LINES_TOLD = 20


class StreamFailed(ResourceFailed):
    """The engine reported an error in the midst of its progress; ``step`` is the builder's name for where, or ''."""

    def __init__(self, doing: str, reason: str, said: Iterable[str], step: str) -> None:
        told = "\n".join(said)
        super().__init__(f"Could not {doing}: {reason}" + (f"\nBefore that:\n{told}" if told else ""))
        self.step = step


async def ensure_local(
    engine: Engine, ctx: Context, name: str, platform: str | None = None, own: Login | None = None
) -> dict[str, Any]:
    """Return the engine's description of the image, pulling it first when the engine has none of that name.

    Args:
        engine: The engine.
        ctx: Of the operation.
        name: Name of the image.
        platform: Such as ``linux/amd64``; the engine's own when absent.
        own: The resource's own login, for images of the same registry.

    Raises:
        ResourceFailed: neither the engine nor the registry has it.
    """
    found = await find_image(engine, name)
    if found is None:
        await pull(engine, ctx, name, platform, own)
        found = await find_image(engine, name)
    if found is None:
        raise ResourceFailed(f"Image '{name}' was pulled, but the engine does not know it under that name.")
    return found


async def find_image(engine: Engine, name: str) -> dict[str, Any] | None:
    """Return the engine's description of a local image, or None."""
    return await engine.find(f"inspect image '{name}'", lambda api: _described(api, name))


def _described(api: docker.APIClient, name: str) -> dict[str, Any]:
    client: Any = api  # the stubs leave inspect_image untyped
    description: dict[str, Any] = client.inspect_image(name)
    return description


async def pull(engine: Engine, ctx: Context, name: str, platform: str | None = None, own: Login | None = None) -> None:
    """Pull an image with the login of its registry; ``own``, a resource's, comes first for its own registry.

    Raises:
        ResourceFailed: the registry does not give it.
    """
    repository, tag = split_reference(name)
    login = engine.credentials.of_image(name, own)
    progress = Progress(ctx)
    await ctx.status(f"Pulling {name}")

    def work(api: docker.APIClient) -> None:
        lines = api.pull(
            repository, tag=tag, stream=True, decode=True, auth_config=login.auth_config() or {}, platform=platform
        )
        follow(lines, progress, f"pull {name}")

    try:
        await engine.call(f"pull image '{name}'", work)
    except ResourceFailed as failed:
        raise ResourceFailed(
            f"Image '{name}' is not on this engine, and its registry did not give it. {failed}\n"
            "Build or push it first, correct its name, or give a login (registryAuth of the provider)."
        ) from failed


def follow(lines: Iterable[dict[str, Any]], progress: Progress, doing: str) -> list[dict[str, Any]]:
    """Show the engine's progress messages and return the ``aux`` ones.

    Raises:
        StreamFailed: the engine reported an error in the stream, with the lines that led to it.
    """
    step = ""
    auxiliary: list[dict[str, Any]] = []
    said: deque[str] = deque(maxlen=LINES_TOLD)
    for line in lines:
        if "error" in line:
            reason = str(line.get("errorDetail", {}).get("message") or line["error"]).strip()
            raise StreamFailed(doing, reason, said, step)
        if line.get("id") == "moby.buildkit.trace":
            texts = trace_lines(line["aux"])
            step = failed_step(line["aux"]) or step
        else:
            texts = [line["stream"].rstrip()] if line.get("stream") else []
            step = texts[0] if texts and texts[0].startswith("Step ") else step
            if isinstance(line.get("aux"), dict):
                auxiliary.append(line["aux"])
        said.extend(text for text in texts if text)
        progress.show(texts[-1] if texts else f"{line.get('status', '')} {line.get('progress', '')}")
    return auxiliary
