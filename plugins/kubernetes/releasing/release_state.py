"""What the engine keeps of a release: every input, its status, and the names of its objects.

The layout is the official plugin's, so that a stack can move between the two.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, checkpointRelease and setReleaseAttributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.kubernetes.model.objects import identifier_of
from plugins.kubernetes.model.state import INPUTS, mark_secrets
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.values import UNKNOWN, Secret, contains_secret, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.releasing.helm import LiveRelease

_OUTPUTS: Final = ("resourceNames", "status")


def marked_inputs(plain: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """Mark as secret what is so in the program's inputs, and passwords; a secret file makes all values secret."""
    marked = mark_secrets(plain, news)
    repository = marked.get("repositoryOpts")
    if isinstance(repository, dict) and isinstance(repository["password"], str) and repository["password"]:
        marked["repositoryOpts"] = {**repository, "password": Secret(repository["password"])}
    if contains_secret(news.get("valueYamlFiles")):
        marked["values"] = Secret(plain["values"])
    return marked


def state_of_release(inputs: dict[str, Any], live: LiveRelease) -> dict[str, Any]:
    """Return the outputs: the inputs (checked, their secrets marked), overlaid by how the release is."""
    plain = {**reveal(inputs), "values": live.values, "version": live.version}
    outputs = mark_secrets(plain, inputs)
    status = {
        "appVersion": live.app_version,
        "chart": live.chart,
        "name": live.name,
        "namespace": live.namespace,
        "revision": live.revision,
        "status": live.status,
        "version": live.version,
    }
    return {**outputs, "resourceNames": resource_names(live.manifest), "status": status, INPUTS: Secret(inputs)}


def previewed_state(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the outputs of a preview."""
    return {**inputs, **dict.fromkeys(_OUTPUTS, UNKNOWN), INPUTS: Secret(inputs)}


def resource_names(manifest: str) -> dict[str, list[str]]:
    """Return the names of the objects, by kind and version: ``{"Deployment.apps/apps/v1": ["team/web"]}``.

    A namespace is told where the manifest has one.
    """
    names: dict[str, set[str]] = {}
    for obj in objects_of(manifest, "The release's manifest"):
        kind = kind_of(obj)
        qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
        names.setdefault(f"{qualified}/{kind.api_version}", set()).add(identifier_of(obj))
    return {key: sorted(found) for key, found in sorted(names.items())}
