"""Renders a chart with ``helm template``: one call, its private files in a folder that is gone afterwards.

It knows helm's command line, not where the wishes come from; see ``chart`` and ``chart_options``.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.kubeconfig import chosen_document
from plugins.kubernetes.composing.capabilities import api_versions, kube_version
from plugins.kubernetes.composing.external_tool import output_of
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plugins.kubernetes.api.cluster import Cluster

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
class Template:
    """What to render."""

    chart: str
    release: str
    namespace: str
    version: str = ""
    repository: Repository = Repository()
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
    with _private_folder() as folder:
        environment = {
            "HELM_REPOSITORY_CONFIG": str(folder / "repositories.yaml"),
            "HELM_REGISTRY_CONFIG": os.environ.get("HELM_REGISTRY_CONFIG") or str(folder / "registry.json"),
        }
        chart, options = await _located(wanted, folder, environment)
        for number, given in enumerate(wanted.value_files):
            options.append(f"--values={await _file(given, folder / f'values-{number}.yaml')}")
        if wanted.values:
            text = json.dumps(await _with_contents(wanted.values))
            options.append(f"--values={await _file(Asset(text=text), folder / 'values.json')}")
        if wanted.keyring is not None:
            options.append(f"--keyring={await _file(wanted.keyring, folder / 'keyring')}")
        options += await _capabilities(cluster, wanted)
        options += await _connected(cluster, folder, environment)
        arguments = ["template", wanted.release, chart, f"--namespace={wanted.namespace}", *options, *wanted.options]
        return await output_of("helm", arguments, environment=environment)


async def _located(wanted: Template, folder: Path, environment: dict[str, str]) -> tuple[str, list[str]]:
    """Return how helm is told where the chart is, and the options that belong to it."""
    options = [f"--version={wanted.version}"] if wanted.version else []
    repository = wanted.repository
    if wanted.chart.startswith("oci://"):
        if repository.username:
            host = wanted.chart.removeprefix("oci://").partition("/")[0]
            environment["HELM_REGISTRY_CONFIG"] = str(folder / "registry.json")
            login = ["registry", "login", host, f"--username={repository.username}", "--password-stdin"]
            await output_of("helm", login, environment=environment, stdin=repository.password)
        return wanted.chart, [*options, *await _certificates(repository, folder)]
    if not repository.url:
        return wanted.chart, options
    if not repository.username:
        return wanted.chart, [f"--repo={repository.url}", *options, *await _certificates(repository, folder)]
    # The password of a repository can be told to helm on its command line only, or in this file.
    entry = {"name": _REPOSITORY, "url": repository.url, "username": repository.username}
    entry |= {"password": repository.password, **{key: str(path) for key, path in await _pem(repository, folder)}}
    text = json.dumps({"apiVersion": "", "repositories": [entry]})
    await _file(Asset(text=text), folder / "repositories.yaml")
    environment["HELM_REPOSITORY_CACHE"] = str(folder / "cache")
    await output_of("helm", ["repo", "update", _REPOSITORY], environment=environment)
    return f"{_REPOSITORY}/{wanted.chart}", options


async def _certificates(repository: Repository, folder: Path) -> list[str]:
    names = {"caFile": "--ca-file", "certFile": "--cert-file", "keyFile": "--key-file"}
    return [f"{names[key]}={path}" for key, path in await _pem(repository, folder)]


async def _pem(repository: Repository, folder: Path) -> list[tuple[str, Path]]:
    given = {"caFile": repository.ca_file, "certFile": repository.cert_file, "keyFile": repository.key_file}
    return [(key, await _file(item, folder / f"{key}.pem")) for key, item in given.items() if item is not None]


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
        path = await _file(Asset(text=json.dumps(document)), folder / "kubeconfig")
        environment["KUBECONFIG"] = str(path)
    return ["--dry-run=server"]


@contextmanager
def _private_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="slipway-helm-") as name:  # mode 0700
        yield Path(name)


async def _file(given: Asset | str, wanted: Path) -> Path:
    """Return the path of a file with the content, written for its owner only if it is not on disk."""
    if isinstance(given, str):
        return Path(given)
    if given.path is not None:
        return Path(given.path)
    await asyncio.to_thread(_write_private, wanted, await _content(given))
    return wanted


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


async def _content(asset: Asset) -> str:
    if asset.text is not None:
        return asset.text
    if asset.path is not None:
        try:
            return await asyncio.to_thread(Path(asset.path).read_text, encoding="utf-8")
        except OSError as error:
            raise ResourceFailed(f"Cannot read the asset {asset.path}: {error.strerror}.") from None
    raise ResourceFailed(f"The asset {asset.uri or asset.hash} is remote: fetch it, and pass its text or its path.")


async def _with_contents(value: Any) -> Any:  # noqa: ANN401 - values of a chart are dynamic
    """Put the text of assets among the values in their place."""
    if isinstance(value, Asset):
        return await _content(value)
    if isinstance(value, dict):
        return {key: await _with_contents(item) for key, item in value.items()}
    if isinstance(value, list):
        return [await _with_contents(item) for item in value]
    return value
