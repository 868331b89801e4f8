"""The resource type ``slipway:index:EngineImage``.

It loads an image of a local OCI layout into the container engine; it neither builds nor pulls.
"""

import asyncio
from pathlib import Path
from typing import Any

from plugins.rpc.diff import mark_replacements, structural_diff
from plugins.rpc.resource import (
    CheckResult,
    Context,
    Created,
    DiffResult,
    Failure,
    Properties,
    ReadResult,
    Resource,
)
from plugins.rpc.values import UNKNOWN
from plugins.slipway.docker_archive import docker_archive, image_configuration
from plugins.slipway.engine_images import EngineImages
from plugins.slipway.oci_layout import OciLayout, without_layout

REPLACING = ("name", "dockerHost")


class EngineImageResource(Resource):
    """An image in the engine; another digest is loaded in place, another name replaces."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Want all three inputs, and a tag in the name."""
        del ctx, olds
        failures = [Failure(key, "is missing") for key in ("layout", "name", "digest") if not news.get(key)]
        name = news.get("name")
        if isinstance(name, str) and ":" not in name.rpartition("/")[2]:
            failures.append(Failure("name", f"is '{name}', but a tag was expected: repo:tag"))
        return CheckResult({key: value for key, value in news.items() if value is not None}, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare all but the layout's path: the digest says what is in it."""
        del ctx, id, old_state
        detailed = structural_diff(without_layout(old_inputs), without_layout(news))
        replaces = mark_replacements(detailed, REPLACING)
        return DiffResult(bool(detailed), replaces=replaces, detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Load the image unless the engine has it."""
        if ctx.preview:
            return Created("", {**inputs, "imageId": UNKNOWN})
        return Created(inputs["name"], await self._load(ctx, inputs))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look whether the engine still has the image under its name; a foreign image there shows as another digest."""
        del ctx
        found = await asyncio.to_thread(EngineImages(inputs.get("dockerHost")).find, inputs.get("name") or id)
        if found is None:
            return None
        if state and found["Id"] == state.get("imageId"):
            return ReadResult(id, inputs, state)
        actual = {"name": id, "digest": found["Id"]}
        return ReadResult(id, {**inputs, **actual}, {**state, **actual, "imageId": found["Id"]})

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Load the new image under the same name, and remove the old one when nothing uses it."""
        del id, old_inputs
        if ctx.preview:
            return {**news, "imageId": UNKNOWN}
        outputs = await self._load(ctx, news)
        old_image = old_state.get("imageId")
        if old_image and old_image != outputs["imageId"]:
            await asyncio.to_thread(EngineImages(news.get("dockerHost")).remove, old_image)
        return outputs

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the tag, and the image when nothing uses it."""
        del state
        kept = await asyncio.to_thread(EngineImages(inputs.get("dockerHost")).remove, inputs.get("name") or id)
        if kept:
            await ctx.log("warning", f"The image {id} stays in the container engine: {kept}")

    async def _load(self, ctx: Context, inputs: Properties) -> Properties:
        images = EngineImages(inputs.get("dockerHost"))
        name, layout = inputs["name"], OciLayout(Path(inputs["layout"]))
        image, configuration = await asyncio.to_thread(image_configuration, layout, inputs["digest"])
        found = await asyncio.to_thread(images.find, name)
        if found is None or not _is_same(found, inputs["digest"], configuration):
            await ctx.status(f"loading {name}")
            await asyncio.to_thread(images.load, docker_archive(layout, image, name), name)
            found = await asyncio.to_thread(images.find, name) or {}
        return {**inputs, "imageId": found.get("Id", inputs["digest"])}


def _is_same(found: dict[str, Any], digest: str, configuration: dict[str, Any]) -> bool:
    """Compare ids; an engine with the containerd image store names images by manifest, so compare content there."""
    if "Descriptor" not in found:
        return bool(found["Id"] == digest)
    layers = configuration.get("rootfs", {}).get("diff_ids")
    return found.get("RootFS", {}).get("Layers") == layers and _same_run(found, configuration)


def _same_run(found: dict[str, Any], configuration: dict[str, Any]) -> bool:
    """Say whether both start the same program."""
    old, new = found.get("Config") or {}, configuration.get("config") or {}
    return all((old.get(key) or None) == (new.get(key) or None) for key in ("Entrypoint", "Cmd", "Env", "Labels"))
