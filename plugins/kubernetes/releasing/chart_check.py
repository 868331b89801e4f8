"""Asks helm for the chart before anything is touched: whether it is there, which version is meant, and what it renders.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, Check and helmLoad.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.composing.helm_template import Template, rendered
from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.kubernetes.model.objects import is_definition
from plugins.kubernetes.releasing.command_line import chart_options
from plugins.kubernetes.releasing.helm import helm_for, reason_of, source_of
from plugins.kubernetes.releasing.linting import lint
from plugins.kubernetes.releasing.outcome import refused, release_id
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Failure

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.releasing.helm import Helm
    from plugins.rpc.resource import Context

_VERSION: Final = re.compile(r"v(\d+)\.(\d+)\.")
# Labels of releases came with 3.13: without them nobody could tell our release from another after a kill.
_OLDEST: Final = (3, 13)
_TAKES_OWNERSHIP: Final = (3, 17)


async def chart_version(cluster: Cluster, inputs: dict[str, Any]) -> tuple[str, list[Failure]]:
    """Return the version of the chart that helm finds, or why there is none to install."""
    async with helm_for(cluster, connected=False) as helm:
        try:
            if failures := await _unfit(helm, inputs):
                return "", failures
            chart = yaml.safe_load(await helm.run("show", "chart", *await helm.chart(inputs)))
        except ToolFailed as error:
            reason = f"{reason_of(error)}\nCheck the chart's name, its version and its repository."
            return "", [Failure("chart", reason)]
    if chart.get("type") == "library":
        return "", [Failure("chart", f"{inputs['chart']} is a library for other charts, which cannot be installed.")]
    return str(chart["version"]), []


async def _unfit(helm: Helm, inputs: dict[str, Any]) -> list[Failure]:
    text = await helm.run("version", "--template={{.Version}}")
    found = _VERSION.match(text)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if not _OLDEST <= version < (4, 0):
        return [Failure("", f"The helm on PATH is {text or 'of no known version'}; releases need 3.13 or a later 3.")]
    if inputs.get("takeOwnership") and version < _TAKES_OWNERSHIP:
        return [Failure("takeOwnership", f"needs helm 3.17 or later; the one on PATH is {text}.")]
    return []


async def preview(cluster: Cluster, ctx: Context, inputs: dict[str, Any]) -> None:
    """Lint and render the chart, which changes nothing in the cluster.

    What cannot be rendered is a warning: it may need what other resources of the same program bring.

    Raises:
        ResourceFailed: helm lint was asked for, and finds an error.
    """
    identifier = release_id(inputs)
    async with helm_for(cluster) as helm:
        try:
            await lint(helm, inputs)
        except ToolFailed as error:
            raise refused("plan", identifier, error) from None
    options = [*chart_options(inputs), *(["--dependency-update"] if inputs["dependencyUpdate"] else [])]
    options += [] if inputs["skipCrds"] else ["--include-crds"]
    template = Template(
        source_of(inputs),
        release=inputs["name"],
        namespace=inputs["namespace"],
        values=inputs["values"],
        options=options,
    )
    try:
        objects = objects_of(await rendered(cluster, template), f"The chart of the release {identifier}")
    except ResourceFailed as error:
        reason = reason_of(error) if isinstance(error, ToolFailed) else str(error)
        warning = f"helm cannot render the release {identifier} as things are now: {reason}"
        await ctx.log("warning", f"{warning}\nUnless this update brings what is missing, it will fail.")
        return
    for definition in filter(is_definition, objects):
        cluster.scopes.declare(definition)  # custom resources of the same program may depend on the release
