"""Renders a chart with ``helm template``: one call, its private files in a folder that is gone afterwards.

It knows helm's command line, not where the wishes come from; see ``chart`` and ``chart_options``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.api.kubeconfig import chosen_document
from plugins.kubernetes.composing.capabilities import api_versions, kube_version
from plugins.kubernetes.composing.chart_source import ChartSource, located
from plugins.kubernetes.composing.external_tool import output_of
from plugins.kubernetes.composing.private_files import file_with, private_folder, with_contents
from plugins.rpc.values import Asset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from plugins.kubernetes.api.cluster import Cluster


@dataclass(frozen=True)
class Template:
    """What to render."""

    source: ChartSource
    release: str
    namespace: str
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    value_files: Sequence[Asset | str] = ()
    options: Sequence[str] = ()
    """Further options of helm template."""
    keyring: Asset | str | None = None
    kube_version: str = ""
    api_versions: Sequence[str] = ()


async def rendered(cluster: Cluster, wanted: Template) -> str:
    """Return the manifests.

    Raises:
        ResourceFailed: there is no helm, or it cannot render the chart; the text is helm's own.
    """
    with private_folder() as folder:
        environment = cluster.settings.helm.environment
        chart, options = await located(wanted.source, folder, environment)
        for number, given in enumerate(wanted.value_files):
            options.append(f"--values={await file_with(given, folder / f'values-{number}.yaml')}")
        if wanted.values:
            text = json.dumps(await with_contents(wanted.values))
            options.append(f"--values={await file_with(Asset(text=text), folder / 'values.json')}")
        if wanted.keyring is not None:
            options.append(f"--keyring={await file_with(wanted.keyring, folder / 'keyring')}")
        options += await _capabilities(cluster, wanted)
        options += await _connected(cluster, folder, environment)
        arguments = ["template", wanted.release, chart, f"--namespace={wanted.namespace}", *options, *wanted.options]
        return await output_of("helm", arguments, environment=environment)


async def _capabilities(cluster: Cluster, wanted: Template) -> list[str]:
    version = wanted.kube_version or await kube_version(cluster)
    versions = wanted.api_versions or await api_versions(cluster)
    options = [f"--kube-version={version}"] if version else []
    return options + ([f"--api-versions={','.join(versions)}"] if versions else [])


async def _connected(cluster: Cluster, folder: Path, environment: dict[str, str]) -> list[str]:
    """Let templates look up objects of the cluster, as the official plugin does; without one they find nothing."""
    if await cluster.unreachable():
        return []
    if (document := chosen_document(cluster.settings)) is not None:
        path = await file_with(Asset(text=json.dumps(document)), folder / "kubeconfig")
        environment["KUBECONFIG"] = str(path)
    return ["--dry-run=server"]
