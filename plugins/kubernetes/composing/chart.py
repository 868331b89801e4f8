"""Helm charts: from the inputs of helm.sh/v4 Chart, or the options of the SDK's older Chart, to objects.

Releases (helm.sh/v3 Release), whose state helm keeps in the cluster, are in ``plugins.kubernetes.releasing``.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm/v4/chart.go and invoke_helm_template.go.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from plugins.kubernetes.composing.chart_source import ChartSource, Repository
from plugins.kubernetes.composing.helm_template import Template, rendered
from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.rpc.component import Component

_FLAGS: Final = {
    "devel": "--devel",
    "dependencyUpdate": "--dependency-update",
    "verify": "--verify",
    "plainHttp": "--plain-http",
}


async def chart_objects(cluster: Cluster, component: Component, args: dict[str, Any]) -> list[KubeObject]:
    """Return the objects of the ``Chart`` component (v4)."""
    if not isinstance(args.get("chart"), str):
        raise ResourceFailed("A Chart needs 'chart': a folder, a name in a repository, or an oci:// address.")
    # Who applies rendered files may run hooks; as resources of a stack they would be plain objects.
    hooks = bool(args.get("includeHooks")) and bool(cluster.settings.render_directory)
    if args.get("includeHooks") and not hooks:
        await component.log("warning", "Hooks are left out: includeHooks needs renderYamlToDirectory.")
    template = Template(
        ChartSource(args["chart"], args.get("version") or "", repository_of(args.get("repositoryOpts") or {})),
        release=args.get("name") or component.name,
        namespace=args.get("namespace") or cluster.default_namespace,
        values=args.get("values") or {},
        value_files=args.get("valueYamlFiles") or (),
        keyring=args.get("keyring"),
        options=["--skip-tests" if hooks else "--no-hooks", *_options(args)],
    )
    return objects_of(await rendered(cluster, template), "What helm rendered")


def _options(args: dict[str, Any]) -> list[str]:
    options = [flag for key, flag in _FLAGS.items() if args.get(key)]
    if not args.get("skipCrds"):
        options.append("--include-crds")
    renderer = args.get("postRenderer") or {}
    if renderer.get("command"):
        options.append(f"--post-renderer={renderer['command']}")
        options += [f"--post-renderer-args={item}" for item in renderer.get("args") or []]
    return options


def repository_of(given: dict[str, Any]) -> Repository:
    """Return what ``repositoryOpts`` say; a login is taken out of the address, which is on a command line."""
    url, username, password = _without_login(given.get("repo") or "")
    return Repository(
        url=url,
        username=given.get("username") or username,
        password=given.get("password") or password,
        ca_file=given.get("caFile") or None,
        cert_file=given.get("certFile") or None,
        key_file=given.get("keyFile") or None,
    )


def _without_login(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    if not parts.username:
        return address, "", ""
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return bare, unquote(parts.username), unquote(parts.password or "")


async def chart_text(cluster: Cluster, json_options: object) -> tuple[str, str]:
    """Return the manifests of a chart and its namespace, for the SDK's first ``Chart`` (an invoke)."""
    try:
        options = json.loads(json_options) if isinstance(json_options, str) else None
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise ResourceFailed("kubernetes:helm:template needs 'jsonOpts', a JSON mapping.")
    fetch = options.get("fetch_opts") or {}
    namespace = str(options.get("namespace") or "default")
    flags = [] if options.get("skip_crd_rendering") else ["--include-crds"]
    flags += [] if options.get("include_test_hook_resources") else ["--skip-tests"]
    source = ChartSource(
        chart=_chart_reference(options, fetch),
        version=str(options.get("version") or fetch.get("version") or ("" if not fetch.get("devel") else ">0.0.0-0")),
        repository=Repository(
            url=fetch.get("repo") or "",
            username=fetch.get("username") or "",
            password=fetch.get("password") or "",
            ca_file=fetch.get("ca_file"),
            cert_file=fetch.get("cert_file"),
            key_file=fetch.get("key_file"),
        ),
    )
    template = Template(
        source,
        release=str(options.get("release_name") or ""),
        namespace=namespace,
        values=options.get("values") or {},
        keyring=fetch.get("keyring"),
        options=[*flags, *(["--verify"] if fetch.get("verify") else [])],
        kube_version=str(options.get("kube_version") or ""),
        api_versions=options.get("api_versions") or (),
    )
    return await rendered(cluster, template), namespace


def _chart_reference(options: dict[str, Any], fetch: dict[str, Any]) -> str:
    chart, repository = str(options.get("chart") or ""), str(options.get("repo") or "")
    if path := options.get("path"):
        return str(PurePosixPath(str(path), chart.rpartition("/")[2])) if chart else str(path)
    if urlsplit(repository).scheme.startswith("http"):
        raise ResourceFailed("The chart's 'repo' is the name of a repository; an address belongs into fetch_opts.repo.")
    if repository and not fetch.get("repo") and not chart.startswith(("oci://", f"{repository}/")):
        return f"{repository}/{chart}"
    return chart
