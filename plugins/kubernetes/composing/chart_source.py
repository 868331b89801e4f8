"""Where a chart comes from, told to helm: a folder, a repository with its login and certificates, an OCI registry.

It renders and installs nothing; passwords go by private files and standard input, never by a command line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.composing.external_tool import ToolFailed, output_of
from plugins.kubernetes.composing.private_files import file_with
from plugins.rpc.values import Asset

if TYPE_CHECKING:
    from pathlib import Path

_REPOSITORY: Final = "chart-repository"


@dataclass(frozen=True)
class Repository:
    """Where a chart comes from, if not from a folder; the files are contents or paths of PEM files."""

    url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Asset | str | None = None
    cert_file: Asset | str | None = None
    key_file: Asset | str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ChartSource:
    """One chart, at one version if there is one."""

    chart: str
    version: str = ""
    repository: Repository = Repository()


async def located(source: ChartSource, folder: Path, environment: dict[str, str]) -> tuple[str, list[str]]:
    """Return how helm is told where the chart is, and the options that belong to it.

    Args:
        source: The chart.
        folder: For private files.
        environment: Helm's; gets what a login needs.

    Raises:
        ResourceFailed: a login was refused, or the repository cannot be reached.
    """
    options = [f"--version={source.version}"] if source.version else []
    repository = source.repository
    if source.chart.startswith("oci://"):
        if repository.username:
            host = source.chart.removeprefix("oci://").partition("/")[0]
            environment["HELM_REGISTRY_CONFIG"] = str(folder / "registry.json")
            login = ["registry", "login", host, f"--username={repository.username}", "--password-stdin"]
            login += await _certificates(repository, folder)
            await output_of("helm", login, environment=environment, stdin=repository.password)
        return source.chart, [*options, *await _certificates(repository, folder)]
    if not repository.url:
        return source.chart, options
    if not repository.username:
        return source.chart, [f"--repo={repository.url}", *options, *await _certificates(repository, folder)]
    # The password of a repository can be told to helm on its command line only, or in this file.
    entry = {"name": _REPOSITORY, "url": repository.url, "username": repository.username}
    entry |= {"password": repository.password, **{key: str(path) for key, path in await _pem(repository, folder)}}
    text = json.dumps({"apiVersion": "", "repositories": [entry]})
    listed = await file_with(Asset(text=text), folder / "repositories.yaml")
    environment |= {"HELM_REPOSITORY_CONFIG": str(listed), "HELM_REPOSITORY_CACHE": str(folder / "cache")}
    await _fetch_index(environment)
    return f"{_REPOSITORY}/{source.chart}", options


async def _fetch_index(environment: dict[str, str]) -> None:
    command = ["repo", "update", "--fail-on-repo-update-fail", _REPOSITORY]
    try:
        await output_of("helm", command, environment=environment)
    except ToolFailed as error:
        # Why is told on standard output, among lines about progress.
        why = [line.strip() for line in error.output.splitlines() if line.startswith(("...", "\t"))]
        raise ToolFailed("helm repo update", "\n".join(why) or error.complaint) from None


async def _certificates(repository: Repository, folder: Path) -> list[str]:
    names = {"caFile": "--ca-file", "certFile": "--cert-file", "keyFile": "--key-file"}
    return [f"{names[key]}={path}" for key, path in await _pem(repository, folder)]


async def _pem(repository: Repository, folder: Path) -> list[tuple[str, Path]]:
    given = {"caFile": repository.ca_file, "certFile": repository.cert_file, "keyFile": repository.key_file}
    return [(key, await file_with(item, folder / f"{key}.pem")) for key, item in given.items() if item is not None]
