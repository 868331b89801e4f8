"""Looks at releases for refresh, import and get.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, Read and importRelease.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.changing.reading import GONE_FOR_GOOD
from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.model.objects import split_identifier
from plugins.kubernetes.releasing.helm import helm_for
from plugins.kubernetes.releasing.inputs import completed
from plugins.kubernetes.releasing.outcome import refused
from plugins.kubernetes.releasing.release_state import state_of_release
from plugins.rpc.resource import ReadResult

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.releasing.helm import Helm, LiveRelease
    from plugins.rpc.resource import Context


async def look_at_release(
    cluster: Cluster, ctx: Context, identifier: str, inputs: dict[str, Any], state: dict[str, Any]
) -> ReadResult | None:
    """Return the release as it is now, None if it is gone.

    Raises:
        ResourceFailed: helm cannot tell.
    """
    if reason := await cluster.unreachable():
        if cluster.settings.delete_unreachable:
            await ctx.log("warning", f"{reason}\ndeleteUnreachable is set: the release {identifier} leaves the state.")
            return None
        if cluster.settings.skip_update_unreachable:
            await ctx.log("warning", f"{reason}\nskipUpdateUnreachable is set: the state is kept, true or not.")
            return ReadResult(identifier, inputs, state)
        raise refused("read", identifier, f"{reason}\n{GONE_FOR_GOOD}")
    namespace, name = split_identifier(identifier)
    async with helm_for(cluster) as helm:
        try:
            live = await helm.live(namespace or cluster.default_namespace, name)
        except ToolFailed as error:
            raise refused("read", identifier, error) from None
        if live is None:
            return None
        inputs = inputs or await _imported(helm, live)
    return ReadResult(identifier, inputs, state_of_release(inputs, live))


async def _imported(helm: Helm, live: LiveRelease) -> dict[str, Any]:
    """Return the inputs that a program needs for a release that it does not know yet."""
    chart = _in_program(live) or await _in_repositories(helm, live) or live.chart
    found = {"chart": chart, "version": live.version, "name": live.name, "namespace": live.namespace}
    return completed(found, live.values, name=live.name, default_namespace=live.namespace)


def _in_program(live: LiveRelease) -> str:
    """Return the chart's place among the program's files, where it has one of the usual names."""
    for name in (f"{live.chart}-{live.version}", live.chart):
        if Path(name, "Chart.yaml").is_file():
            return name
        if Path(f"{name}.tgz").is_file():
            return f"{name}.tgz"
    return ""


async def _in_repositories(helm: Helm, live: LiveRelease) -> str:
    """Return the chart's name in a repository that the user's helm knows."""
    try:
        text = await helm.run("search", "repo", live.chart, f"--version={live.version}", "--output=json")
    except ToolFailed:  # no repositories
        return ""
    names = [str(item["name"]) for item in json.loads(text)]
    return next((name for name in names if name.endswith(f"/{live.chart}")), "")
