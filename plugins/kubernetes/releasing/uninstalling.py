"""Uninstalls releases.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, Delete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.kubernetes.changing.reading import GONE_FOR_GOOD
from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.model.objects import split_identifier
from plugins.kubernetes.releasing.command_line import uninstall_options
from plugins.kubernetes.releasing.helm import helm_for
from plugins.kubernetes.releasing.outcome import refused
from plugins.kubernetes.releasing.upgrading import time_limit
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context


async def uninstall(cluster: Cluster, ctx: Context, identifier: str, state: dict[str, Any]) -> None:
    """Uninstall the release and wait until its objects are gone, unless it is told not to.

    Raises:
        ResourceFailed: it is still there.
    """
    if reason := await cluster.unreachable():
        if not cluster.settings.delete_unreachable:
            raise refused("uninstall", identifier, f"{reason}\n{GONE_FOR_GOOD}")
        await ctx.log("warning", f"{reason}\ndeleteUnreachable is set: the release {identifier} leaves the state.")
        return
    namespace, name = split_identifier(identifier)
    options = uninstall_options(reveal(state), ctx.timeout_seconds)
    await ctx.status("helm uninstalls it")
    async with helm_for(cluster) as helm:
        try:
            limit = time_limit(ctx)
            await helm.run(
                "uninstall", name, f"--namespace={namespace}", *options, timeout_seconds=limit, cancellable=True
            )
        except ToolFailed as error:
            raise refused("uninstall", identifier, error) from None
    cluster.creations.forget(ctx.urn)
