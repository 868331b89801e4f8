"""A helm release as a Pulumi resource (helm.sh/v3 Release).

It only connects the engine's calls with the modules that do the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.kubernetes.model.naming import generated_name, is_generated
from plugins.kubernetes.releasing.chart_check import chart_version, preview
from plugins.kubernetes.releasing.differing import release_diff
from plugins.kubernetes.releasing.inputs import (
    SOURCE,
    completed,
    merged_values,
    name_failures,
    refusals,
    without_effect,
)
from plugins.kubernetes.releasing.installing import install
from plugins.kubernetes.releasing.journal import begun_name, begun_upgrade, installation_recorded
from plugins.kubernetes.releasing.looking import look_at_release
from plugins.kubernetes.releasing.outcome import release_id
from plugins.kubernetes.releasing.release_state import marked_inputs, previewed_state
from plugins.kubernetes.releasing.uninstalling import uninstall
from plugins.kubernetes.releasing.upgrading import upgrade
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import CheckResult, Created, DiffResult, Failure, ReadResult, Resource
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context, Properties

RELEASE: Final = "kubernetes:helm.sh/v3:Release"


class Release(Resource):
    """All helm releases of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Complete the inputs, and see that the chart is there."""
        before = reveal(olds or {})
        if before:
            if await self._skips_update(ctx):
                return CheckResult(olds or {})
            self._cluster.creations.named[ctx.urn] = release_id(before)
        plain = reveal(news)
        if failures := refusals(plain):
            return CheckResult(news, failures)
        for warning in without_effect(plain):
            await ctx.log("warning", warning)
        name = self._name(ctx, before)
        if not name and not plain.get("name"):
            return CheckResult(news, [Failure("name", "Autonaming is disabled for it: give it a name.")])
        try:
            values = await merged_values(plain)
        except ResourceFailed as error:
            return CheckResult(news, [Failure("valueYamlFiles", str(error))])
        inputs = completed(plain, values, name=name, default_namespace=self._cluster.default_namespace)
        failures = name_failures(inputs["name"])
        if not failures and not contains_unknown([inputs.get(key) for key in SOURCE]):
            inputs["version"], failures = await chart_version(self._cluster, inputs)
        return CheckResult(marked_inputs(inputs, news), failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare the release as last seen with the new inputs; no call of helm."""
        installation_recorded(self._cluster, ctx, id)
        unfinished = begun_upgrade(self._cluster, ctx, id)
        return release_diff(
            old_inputs,
            old_state,
            news,
            ignore_changes=ctx.ignore_changes,
            generated_name=is_generated(str(reveal(news["name"])), ctx.name),
            unfinished=unfinished,
        )

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Install the release."""
        if ctx.preview:
            return Created("", await self._previewed(ctx, inputs))
        return await install(self._cluster, ctx, inputs)

    async def read(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> ReadResult | None:
        """Look at the release."""
        return await look_at_release(self._cluster, ctx, id, inputs, state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Upgrade the release."""
        del id, old_inputs, old_state
        return await self._previewed(ctx, news) if ctx.preview else await upgrade(self._cluster, ctx, news)

    async def delete(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> None:
        """Uninstall the release."""
        del inputs
        await uninstall(self._cluster, ctx, id, state)

    def _name(self, ctx: Context, before: Properties) -> str:
        """Return the name of a release that the program does not name, '' if it must."""
        kept = before.get("name") or begun_name(self._cluster, ctx)
        if kept or ctx.autonaming_disabled:
            return str(kept)
        return ctx.proposed_name or generated_name(ctx.name, ctx.random_seed)

    async def _previewed(self, ctx: Context, inputs: Properties) -> Properties:
        plain = reveal(inputs)
        if reason := await self._cluster.unreachable():
            await ctx.log("warning", f"{reason}\nThe preview shows inputs only.")
        elif not contains_unknown(plain):
            await preview(self._cluster, ctx, plain)
        return previewed_state(inputs)

    async def _skips_update(self, ctx: Context) -> bool:
        """Say whether the release stays as it was because its cluster cannot be reached."""
        if not self._cluster.settings.skip_update_unreachable or not (reason := await self._cluster.unreachable()):
            return False
        await ctx.log("warning", f"{reason}\nskipUpdateUnreachable is set: the release is left as it is.")
        return True
