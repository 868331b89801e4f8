"""Objects of a provider with renderYamlToDirectory: files in a folder, for another tool to apply.

Nothing is sent to a cluster. Layout and names of the files are the official plugin's.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, renderYaml and renderPathForResource.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from plugins.kubernetes.model.naming import new_field_manager
from plugins.kubernetes.model.normalizing import dashed
from plugins.kubernetes.model.objects import KubeObject, describe, identifier_of, is_definition, name_of, namespace_of
from plugins.kubernetes.model.state import parse_state, state_of
from plugins.kubernetes.resource import KubernetesObject
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created, DiffResult, ReadResult
from plugins.rpc.values import contains_secret, reveal

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.tokens import GroupVersionKind
    from plugins.rpc.resource import Context, Properties


class RenderedObject(KubernetesObject):
    """All objects of one type token, as files."""

    def __init__(self, cluster: Cluster, kind: GroupVersionKind, folder: Path) -> None:
        super().__init__(cluster, kind)
        self._folder = folder
        self._always = cluster.settings.always_render

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare likewise; with alwaysRender everything is written again."""
        result = await super().diff(ctx, id, old_inputs, old_state, news)
        return replace(result, changes=True) if self._always else result

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Write the file."""
        if ctx.preview:
            return Created("", inputs)
        outputs = await self._written(ctx, inputs, new_field_manager())
        return Created(identifier_of(outputs), outputs)

    async def read(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> ReadResult | None:
        """Trust the state: there is no cluster to ask."""
        del ctx
        return ReadResult(id, inputs, state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Write the file again."""
        del id
        if ctx.preview:
            return news
        remembered = parse_state(old_state, old_inputs)
        return await self._written(ctx, news, remembered.field_manager or new_field_manager())

    async def delete(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> None:
        """Remove the file; one that is gone already is no error."""
        del ctx, id
        path = path_of(self._folder, parse_state(state, inputs).live)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _written(self, ctx: Context, inputs: Properties, manager: str) -> Properties:
        plain: KubeObject = dashed(reveal(inputs))
        path = path_of(self._folder, plain)
        if contains_secret(inputs):
            await ctx.log("warning", f"The file {path} holds a secret in plain text; only its owner may read it.")
        try:
            await asyncio.to_thread(_write, path, yaml.safe_dump(plain, allow_unicode=True))
        except OSError as error:
            raise ResourceFailed(f"Cannot write {describe(plain)} to {path}: {error.strerror}.") from None
        await ctx.status(f"Rendered {path}")
        return state_of(plain, plain, inputs, initial_api_version=str(plain.get("apiVersion")), field_manager=manager)


def path_of(folder: Path, obj: KubeObject) -> Path:
    """Return the file of an object; definitions have a folder of their own, to be applied first."""
    version = str(obj.get("apiVersion")).replace("/", "_").replace(":", "_")
    name = f"{version}-{str(obj.get('kind')).lower()}-{namespace_of(obj) or 'default'}-{name_of(obj)}.yaml"
    return folder / ("0-crd" if is_definition(obj) else "1-manifest") / name


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
