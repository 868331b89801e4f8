"""Installs releases, and goes on with what a killed run left.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, helmCreate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.releasing.command_line import install_options, uninstall_options
from plugins.kubernetes.releasing.helm import helm_for
from plugins.kubernetes.releasing.journal import begin_installation, begun_installation
from plugins.kubernetes.releasing.linting import lint
from plugins.kubernetes.releasing.outcome import Outcome, concluded, refused, release_id
from plugins.kubernetes.releasing.upgrading import run_upgrade, time_limit
from plugins.rpc.resource import Created
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.releasing.helm import Helm
    from plugins.rpc.resource import Context


async def install(cluster: Cluster, ctx: Context, inputs: dict[str, Any]) -> Created:
    """Install the release and wait for its objects, unless it is told not to.

    Raises:
        ResourceFailed: there is no such release now.
        InitializationFailed: there is, but it failed.
    """
    plain = reveal(inputs)
    identifier = release_id(plain)
    if reason := await cluster.unreachable():
        raise refused("install", identifier, reason)
    async with helm_for(cluster) as helm:
        outcome = await _resumed(helm, ctx, plain) or await _installed(helm, ctx, plain)
    return Created(identifier, await concluded(cluster, ctx, "install", inputs, outcome))


async def _installed(helm: Helm, ctx: Context, plain: dict[str, Any]) -> Outcome:
    identifier, namespace, name = release_id(plain), plain["namespace"], plain["name"]
    try:
        await lint(helm, plain)
        chart = await helm.chart(plain)
    except ToolFailed as error:
        raise refused("install", identifier, error) from None
    options = [*install_options(plain, ctx.timeout_seconds), *await helm.values(plain)]
    label = begin_installation(helm.cluster, ctx, identifier)
    await ctx.status(f"helm installs {plain['chart']} {plain['version']}")
    command = ("install", name, *chart, f"--namespace={namespace}", f"--labels={label}", *options)
    failure: ToolFailed | None = None
    try:
        await helm.run(*command, timeout_seconds=time_limit(ctx), cancellable=True)
    except ToolFailed as error:
        failure = error
    try:
        # A release of this name may be somebody else's, which is then the reason of the failure.
        live = await helm.live(namespace, name) if await helm.labelled(namespace, name, label) else None
    except ToolFailed as error:
        # Nobody knows whether it is there, so the journal keeps it.
        raise refused("install", identifier, failure or error) from None
    if live is None:
        helm.cluster.creations.forget(ctx.urn)
        raise refused("install", identifier, failure or "it was gone at once. Somebody else must have removed it.")
    return Outcome(live, failure)


async def _resumed(helm: Helm, ctx: Context, plain: dict[str, Any]) -> Outcome | None:
    """Go on with the release that a killed run began; None if there is none, or what there was is removed."""
    identifier, namespace, name = release_id(plain), plain["namespace"], plain["name"]
    label = begun_installation(helm.cluster, ctx, identifier)
    if not label or not await helm.labelled(namespace, name, label):
        return None
    live = await helm.live(namespace, name)
    if live is None:
        return None
    await ctx.log("info", f"The release {identifier} was begun by a run that was killed; it is {live.status}.")
    if not live.pending:
        return Outcome(live) if live.serves(plain) else await run_upgrade(helm, ctx, plain, live)
    try:
        await helm.run("uninstall", name, f"--namespace={namespace}", *uninstall_options(plain, ctx.timeout_seconds))
    except ToolFailed as error:
        raise refused("remove what a killed run left of", identifier, error) from None
    return None
