"""Upgrades releases, also those of which a killed run left an upgrade half done.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, helmUpdate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.releasing.command_line import upgrade_options
from plugins.kubernetes.releasing.helm import helm_for
from plugins.kubernetes.releasing.journal import begin_upgrade, begun_upgrade
from plugins.kubernetes.releasing.linting import lint
from plugins.kubernetes.releasing.outcome import Outcome, concluded, refused, release_id
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.releasing.helm import Helm, LiveRelease
    from plugins.rpc.resource import Context

# helm gives up by itself at its own timeout, and then has to write that down.
_MARGIN_SECONDS: Final = 30.0


async def upgrade(cluster: Cluster, ctx: Context, inputs: dict[str, Any]) -> dict[str, Any]:
    """Upgrade the release and return its outputs.

    Raises:
        ResourceFailed: it is as it was.
        InitializationFailed: it changed, but failed.
    """
    plain = reveal(inputs)
    identifier = release_id(plain)
    if reason := await cluster.unreachable():
        raise refused("upgrade", identifier, reason)
    async with helm_for(cluster) as helm:
        live = await helm.live(plain["namespace"], plain["name"])
        if live is None:
            raise refused("upgrade", identifier, "it is gone. Run 'pulumi refresh', so that it is made anew.")
        unfinished = begun_upgrade(cluster, ctx, identifier)
        if unfinished and live.serves(plain):
            outcome = Outcome(live)
        else:
            await _unblock(helm, live, ours=unfinished)
            begin_upgrade(cluster, ctx, identifier)
            try:
                outcome = await run_upgrade(helm, ctx, plain, live)
            except ResourceFailed:
                cluster.creations.forget(ctx.urn)
                raise
    return await concluded(cluster, ctx, "upgrade", inputs, outcome)


async def run_upgrade(helm: Helm, ctx: Context, plain: dict[str, Any], before: LiveRelease) -> Outcome:
    """Run ``helm upgrade`` on a release that is there.

    Raises:
        ResourceFailed: helm refused before it changed anything.
    """
    identifier, namespace, name = release_id(plain), plain["namespace"], plain["name"]
    failure: ToolFailed | None = None
    try:
        await lint(helm, plain)
        options = [*upgrade_options(plain, ctx.timeout_seconds), *await helm.values(plain)]
        command = ("upgrade", name, *await helm.chart(plain), f"--namespace={namespace}", *options)
        await ctx.status(f"helm upgrades to {plain['chart']} {plain['version']}")
        await helm.run(*command, timeout_seconds=time_limit(ctx), cancellable=True)
    except ToolFailed as error:
        failure = error
    try:
        live = await helm.live(namespace, name)
    except ToolFailed as error:
        raise refused("upgrade", identifier, failure or error) from None
    if failure and (live is None or live.revision == before.revision):
        raise refused("upgrade", identifier, failure)
    return Outcome(live or before, failure)


def time_limit(ctx: Context) -> float | None:
    """Return how long helm may take where customTimeouts say it; else None: its own timeouts bound each step."""
    return ctx.timeout_seconds + _MARGIN_SECONDS if ctx.timeout_seconds else None


async def _unblock(helm: Helm, live: LiveRelease, *, ours: bool) -> None:
    """End an operation that was killed, as helm refuses to begin another one."""
    if not live.pending:
        return
    identifier = f"{live.namespace}/{live.name}"
    back = f"helm rollback {live.name} --namespace {live.namespace}"
    if not ours or live.revision == 1:
        remedy = "uninstall it" if live.revision == 1 else f"run '{back}'"
        reason = f"its revision {live.revision} is {live.status}. Wait for whoever does that; if nobody does, {remedy}."
        raise refused("upgrade", identifier, reason)
    try:
        await helm.run("rollback", live.name, f"--namespace={live.namespace}")
    except ToolFailed as error:
        raise refused("end the upgrade that was killed of", identifier, error) from None
