"""The component types: manifests, charts and kustomizations that become resources of their own.

Each turns its inputs into objects; naming and registering them is the business of ``children``.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/{yaml/v2,helm/v4,kustomize/v2}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.composing.chart import chart_objects
from plugins.kubernetes.composing.children import register_objects
from plugins.kubernetes.composing.kustomization import kustomized_objects
from plugins.kubernetes.composing.manifests import load, placed
from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN, contains_secret, contains_unknown, reveal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.rpc.component import Component

Args = dict[str, Any]


async def _config_file(_cluster: Cluster, _component: Component, args: Args) -> list[KubeObject]:
    if not isinstance(args.get("file"), str):
        raise ResourceFailed("A ConfigFile needs 'file': a path or a URL.")
    return await load([args["file"]], patterns=False)


async def _config_group(_cluster: Cluster, _component: Component, args: Args) -> list[KubeObject]:
    listed = args.get("objs") or []
    if not all(isinstance(obj, dict) and obj.get("apiVersion") and obj.get("kind") for obj in listed):
        raise ResourceFailed("An entry of the ConfigGroup's 'objs' is no Kubernetes object: no apiVersion or no kind.")
    files = args.get("files") or []
    loaded = await load([files] if isinstance(files, str) else files, patterns=True)
    return [*loaded, *objects_of(args.get("yaml") or "", "The ConfigGroup's 'yaml'"), *listed]


_OBJECTS: Final[dict[str, Callable[[Cluster, Component, Args], Awaitable[list[KubeObject]]]]] = {
    "kubernetes:yaml/v2:ConfigFile": _config_file,
    "kubernetes:yaml/v2:ConfigGroup": _config_group,
    "kubernetes:helm.sh/v4:Chart": chart_objects,
    "kubernetes:kustomize/v2:Directory": kustomized_objects,
}
COMPONENTS: Final = frozenset(_OBJECTS)


async def construct(cluster: Cluster, component: Component, version: str) -> dict[str, Any]:
    """Register the objects of a component, and return its outputs.

    Raises:
        KeyError: there is no such component.
        ResourceFailed: its manifests cannot be had, or one of its objects was not made.
    """
    objects_of_component = _OBJECTS[component.type]
    if contains_unknown(component.inputs):
        await component.log("warning", "Some inputs are not known yet, so the preview shows none of its resources.")
        return {"resources": UNKNOWN}
    args: Args = reveal(component.inputs)
    objects = await objects_of_component(cluster, component, args)
    resources = await register_objects(
        component,
        await placed(cluster, objects, args.get("namespace") or cluster.default_namespace),
        prefix=component.name if args.get("resourcePrefix") is None else args["resourcePrefix"],
        skip_await=bool(args.get("skipAwait")),
        version=version,
        secret=contains_secret(component.inputs),
    )
    return {"resources": resources}
