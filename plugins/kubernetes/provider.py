"""The kubernetes provider: its configuration and its two kinds of calls, resources and functions.

What happens to objects is in ``resource`` and the modules it uses.
"""

from __future__ import annotations

import os
from typing import Any, Final

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.kubeconfig import KubeconfigError, active_cluster, load_connection
from plugins.kubernetes.resource import KubernetesObject
from plugins.kubernetes.settings import Settings, parse_settings
from plugins.kubernetes.tokens import parse_token
from plugins.kubernetes.yaml_decoding import decode_manifests
from plugins.rpc.diff import structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, Context, DiffResult, Failure, Properties, Resource
from plugins.rpc.values import UNKNOWN, contains_unknown, reveal

_DECODE_YAML: Final = "kubernetes:yaml:decode"
_IDENTITY: Final = ("kubeconfig", "context", "cluster")


class KubernetesProvider(Provider):
    """Stands in for pulumi-resource-kubernetes."""

    name = "kubernetes"
    version = "4.34.2"

    def __init__(self) -> None:
        self._cluster = Cluster(Settings())

    def resource(self, token: str) -> Resource:
        """Return the implementation of any kind of object."""
        return KubernetesObject(self._cluster, parse_token(token))

    async def check_config(self, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse a kubeconfig that cannot work, as early as its content is known."""
        del olds
        if contains_unknown(news):
            return CheckResult(news)
        settings = parse_settings(news)
        if settings.kubeconfig in (None, os.environ.get("KUBECONFIG")):
            return CheckResult(news)  # the ambient one may appear later; the first use will tell
        try:
            load_connection(settings)
        except KubeconfigError as error:
            return CheckResult(news, [Failure("kubeconfig", str(error))])
        return CheckResult(news)

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
            self._cluster, self.configured = Cluster(parse_settings(known)), False
            return
        settings = parse_settings(variables)
        self._cluster, self.configured = Cluster(settings), True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Decode manifests; charts and kustomizations need tools that are not part of this plugin."""
        del ctx
        if token == _DECODE_YAML:
            text, namespace = args.get("text"), args.get("defaultNamespace") or ""
            if not isinstance(text, str):
                raise ResourceFailed("kubernetes:yaml:decode needs the manifest as 'text'.")
            return {"result": await decode_manifests(self._cluster, text, namespace)}
        if token in ("kubernetes:helm:template", "kubernetes:kustomize:directory"):
            raise ResourceFailed(
                f"{token} is not part of this stand-in. Render the manifests with helm or kustomize and pass them to "
                "yaml.ConfigGroup, or use the official plugin."
            )
        raise KeyError(token)

    async def cancel(self) -> None:
        """Stop waiting for objects."""
        self._cluster.cancelled.set()

    async def close(self) -> None:
        """Close the connections."""
        await self._cluster.close()


def _other_cluster(old: Properties, new: Properties) -> bool:
    before, after = (active_cluster(*(values.get(key) for key in _IDENTITY)) for values in (old, new))
    return before is not None and after is not None and before != after
