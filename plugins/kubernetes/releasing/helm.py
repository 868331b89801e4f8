"""helm for one operation on one release: its private files, its connection to the cluster, and what it tells.

It decides nothing: which command runs is for the modules that use it.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.kubeconfig import chosen_document
from plugins.kubernetes.composing.chart import repository_of
from plugins.kubernetes.composing.chart_source import ChartSource, located
from plugins.kubernetes.composing.external_tool import ToolFailed, output_of
from plugins.kubernetes.composing.private_files import file_with, private_folder
from plugins.kubernetes.releasing.command_line import chart_options
from plugins.rpc.values import Asset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from plugins.kubernetes.api.cluster import Cluster

_NOT_FOUND: Final = "release: not found"
_PREFIXES: Final = ("Error: ", "INSTALLATION FAILED: ", "UPGRADE FAILED: ")


@dataclass(frozen=True)
class LiveRelease:
    """A release as helm keeps it in the cluster: its newest revision."""

    name: str
    namespace: str
    revision: int
    status: str
    """helm's word: deployed, failed, pending-install, pending-upgrade, pending-rollback, uninstalling, ..."""
    chart: str
    version: str
    app_version: str
    values: dict[str, Any]
    manifest: str

    @property
    def pending(self) -> bool:
        """Whether an operation is under way, or was killed."""
        return self.status.startswith("pending-") or self.status == "uninstalling"

    def serves(self, inputs: dict[str, Any]) -> bool:
        """Say whether it is deployed with this version of the chart and these values."""
        wanted = (inputs.get("version"), inputs.get("values") or {})
        return self.status == "deployed" and (self.version, self.values) == wanted


@dataclass(frozen=True)
class Helm:
    """One operation's helm."""

    cluster: Cluster
    folder: Path
    environment: dict[str, str]

    async def run(self, *arguments: str, timeout_seconds: float | None = None, cancellable: bool = False) -> str:
        """Run a command of helm and return its output.

        Args:
            arguments: Command and options.
            timeout_seconds: How long it may take; without, helm's own timeouts bound it.
            cancellable: Whether it ends when the engine cancels the operation.

        Raises:
            ToolFailed: it failed.
        """
        cancelled = self.cluster.cancelled if cancellable else None
        return await output_of(
            "helm", arguments, environment=self.environment, timeout_seconds=timeout_seconds, cancelled=cancelled
        )

    async def chart(self, inputs: dict[str, Any]) -> list[str]:
        """Return the chart and the options by which helm finds it.

        Raises:
            ResourceFailed: its repository refuses the login, or cannot be reached.
        """
        place, options = await located(source_of(inputs), self.folder, self.environment)
        return [place, *options, *chart_options(inputs)]

    async def values(self, inputs: dict[str, Any]) -> list[str]:
        """Return the option with the values, which are in a private file."""
        given = Asset(text=json.dumps(inputs.get("values") or {}))
        return [f"--values={await file_with(given, self.folder / 'values.json')}"]

    async def live(self, namespace: str, name: str) -> LiveRelease | None:
        """Return the release, None if there is none.

        Raises:
            ToolFailed: helm cannot tell.
        """
        about = (name, f"--namespace={namespace}", "--output=json")
        try:
            status, metadata = await self.run("status", *about), await self.run("get", "metadata", *about)
        except ToolFailed as error:
            if _NOT_FOUND in error.complaint:
                return None
            raise
        return _release(json.loads(status), json.loads(metadata))

    async def labelled(self, namespace: str, name: str, label: str) -> bool:
        """Say whether the release is there and has a label ``key=value``."""
        options = (f"--namespace={namespace}", f"--filter=^{name.replace('.', '[.]')}$", f"--selector={label}")
        return bool(json.loads(await self.run("list", "--all", "--output=json", *options)))


@asynccontextmanager
async def helm_for(cluster: Cluster, *, connected: bool = True) -> AsyncIterator[Helm]:
    """Yield helm, for the cluster or only for charts; its private files are gone afterwards."""
    with private_folder() as folder:
        environment = cluster.settings.helm.environment
        if connected and (document := chosen_document(cluster.settings)) is not None:
            path = await file_with(Asset(text=json.dumps(document)), folder / "kubeconfig")
            environment["KUBECONFIG"] = str(path)
        yield Helm(cluster, folder, environment)


def source_of(inputs: dict[str, Any]) -> ChartSource:
    """Return where the chart is; a repository that is no address is the name of one that helm knows."""
    repository, chart = repository_of(inputs.get("repositoryOpts") or {}), str(inputs["chart"]).strip()
    version = str(inputs.get("version") or "").strip()
    if "://" in repository.url or chart.startswith("oci://"):
        return ChartSource(chart, version, repository)
    if repository.url and "/" not in chart:
        chart = f"{repository.url}/{chart}"
    return ChartSource(chart, version)


def reason_of(error: ToolFailed) -> str:
    """Return helm's own reason, without its words for 'error'."""
    text = error.complaint
    for prefix in _PREFIXES:
        text = text.replace(prefix, "")
    return text or str(error)


def _release(status: dict[str, Any], metadata: dict[str, Any]) -> LiveRelease:
    return LiveRelease(
        name=str(status["name"]),
        namespace=str(status["namespace"]),
        revision=int(status["version"]),
        status=str(status["info"]["status"]),
        chart=str(metadata["chart"]),
        version=str(metadata["version"]),
        app_version=str(metadata.get("appVersion") or ""),
        values=status.get("config") or {},
        manifest=str(status.get("manifest") or ""),
    )
