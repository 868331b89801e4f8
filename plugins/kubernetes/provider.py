"""The kubernetes provider: its configuration and its kinds of calls: resources, components and functions.

What happens to objects is in ``resource`` and the modules it uses, what happens to releases in ``releasing``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.cluster import Cluster
from plugins.kubernetes.api.kubeconfig import KubeconfigError, active_cluster, load_connection
from plugins.kubernetes.composing.chart import chart_text
from plugins.kubernetes.composing.components import construct
from plugins.kubernetes.composing.kustomization import kustomization_text
from plugins.kubernetes.composing.yaml_decoding import decode_manifests
from plugins.kubernetes.model.settings import HELM_DRIVERS, Settings, parse_settings
from plugins.kubernetes.model.tokens import parse_token
from plugins.kubernetes.releasing.release import RELEASE, Release
from plugins.kubernetes.rendering import RenderedObject
from plugins.kubernetes.resource import KubernetesObject
from plugins.kubernetes.strict_mode import strict_failures
from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.diff import structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, Context, DiffResult, Failure, Properties, Resource
from plugins.rpc.values import UNKNOWN, contains_unknown, reveal

if TYPE_CHECKING:
    from plugins.rpc.component import Component

_DECODE_YAML: Final = "kubernetes:yaml:decode"
_RENDER_CHART: Final = "kubernetes:helm:template"
_KUSTOMIZE: Final = "kubernetes:kustomize:directory"
_NOT_RENDERED: Final = (
    "A helm.sh/v3 Release lives in a cluster, and this provider has renderYamlToDirectory. Use a helm.sh/v4 Chart."
)
_IDENTITY: Final = ("kubeconfig", "context", "cluster")


class KubernetesProvider(Provider):
    """Stands in for pulumi-resource-kubernetes."""

    name = "kubernetes"
    version = "4.34.2"
    autonaming = True

    def __init__(self, creations: CreationJournal | None = None) -> None:
        self._creations = creations or CreationJournal()
        self._cluster = Cluster(Settings(), self._creations)

    def resource(self, token: str) -> Resource:
        """Return the implementation of any kind of object."""
        if token == RELEASE:
            if self._cluster.settings.render_directory:
                raise ResourceFailed(_NOT_RENDERED)
            return Release(self._cluster)
        kind = parse_token(token)
        if folder := self._cluster.settings.render_directory:
            return RenderedObject(self._cluster, kind, Path(folder))
        return KubernetesObject(self._cluster, kind)

    async def check_config(self, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse a kubeconfig that cannot work, as early as its content is known."""
        del olds
        if contains_unknown(news):
            return CheckResult(news)
        settings = parse_settings(news)
        if failures := [*_rendering_failures(news), *_driver_failures(settings)]:
            return CheckResult(news, failures)
        if settings.kubeconfig in (None, os.environ.get("KUBECONFIG")):
            return CheckResult(news)  # the ambient one may appear later; the first use will tell
        try:
            load_connection(settings)
        except KubeconfigError as error:
            # The engine prints the value of a property that is at fault, and this one holds credentials.
            return CheckResult(news, [Failure("", str(error))])
        return CheckResult(news)

    async def check_named_config(self, name: str, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse likewise what strict mode forbids."""
        if failures := strict_failures(name, news):
            return CheckResult(news, failures)
        return await self.check_config(olds, news)

    async def diff_config(self, old_inputs: Properties, news: Properties) -> DiffResult:
        """Say that everything must be replaced only if another cluster is meant."""
        old, new = reveal(old_inputs), reveal(news)
        detailed = structural_diff(old, new)
        same_identifier = old.get("clusterIdentifier") and old.get("clusterIdentifier") == new.get("clusterIdentifier")
        replaces: list[str] = []
        if old.get("clusterIdentifier") and new.get("clusterIdentifier") and not same_identifier:
            replaces.append("clusterIdentifier")
        unknown = [key for key in _IDENTITY if new.get(key) is UNKNOWN]
        if unknown:
            # Whether it is another cluster cannot be told yet; saying so is the careful answer.
            replaces += unknown
        elif _other_cluster(old, new):
            replaces += [key for key in _IDENTITY if old.get(key) != new.get(key)]
        return DiffResult(bool(detailed), replaces=[] if same_identifier else replaces, detailed=detailed)

    async def configure(self, variables: Properties) -> None:
        """Take the configuration; unknown parts leave the provider unconfigured, so that previews echo."""
        await self._cluster.close()
        if contains_unknown(variables):
            known = {key: value for key, value in variables.items() if not contains_unknown(value)}
            self._cluster, self.configured = Cluster(parse_settings(known), self._creations), False
            return
        settings = parse_settings(variables)
        self._cluster, self.configured = Cluster(settings, self._creations), True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Decode manifests, render charts and build kustomizations for the components that live in the SDK."""
        del ctx
        if token == _DECODE_YAML:
            text, namespace = args.get("text"), args.get("defaultNamespace") or ""
            if not isinstance(text, str):
                raise ResourceFailed("kubernetes:yaml:decode needs the manifest as 'text'.")
        elif token == _RENDER_CHART:
            text, namespace = await chart_text(self._cluster, reveal(args).get("jsonOpts"))
        elif token == _KUSTOMIZE:
            text, namespace = await kustomization_text(args.get("directory")), ""
        else:
            raise KeyError(token)
        return {"result": await decode_manifests(self._cluster, text, namespace)}

    async def construct(self, component: Component) -> dict[str, Any]:
        """Make resources of manifests, charts and kustomizations."""
        return await construct(self._cluster, component, self.version)

    async def cancel(self) -> None:
        """Stop waiting for objects."""
        self._cluster.cancelled.set()

    async def finished(self) -> None:
        """Forget what was created: the engine has recorded it."""
        self._creations.close_in_order()

    async def close(self) -> None:
        """Close the connections."""
        await self._cluster.close()


def _other_cluster(old: Properties, new: Properties) -> bool:
    before, after = (active_cluster(*(values.get(key) for key in _IDENTITY)) for values in (old, new))
    return before is not None and after is not None and before != after


def _driver_failures(settings: Settings) -> list[Failure]:
    """Return why helm cannot keep releases where the options say."""
    driver = settings.helm.driver
    if not driver or driver in HELM_DRIVERS:
        return []
    return [Failure("helmReleaseSettings", f"The driver {driver!r} is none of {', '.join(HELM_DRIVERS)}.")]


def _rendering_failures(news: Properties) -> list[Failure]:
    """Return options that mean a cluster where YAML is rendered, and an option that means rendering where none is."""
    if not news.get("renderYamlToDirectory"):
        reason = "alwaysRender has an effect only with renderYamlToDirectory: set that, or remove this."
        return [Failure("alwaysRender", reason)] if news.get("alwaysRender") in (True, "true") else []
    # The SDK fills in the ambient kubeconfig itself.
    ambient = {"kubeconfig": os.environ.get("KUBECONFIG")}
    return [
        Failure(key, f"{key!r} cannot be given together with renderYamlToDirectory, which uses no cluster.")
        for key in _IDENTITY
        if news.get(key) and news[key] != ambient.get(key)
    ]
