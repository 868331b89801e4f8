"""Decodes manifests for the SDK's ConfigFile and ConfigGroup (yaml v1): text in, objects out.

It creates nothing; the SDK makes a resource of each object.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/invoke_decode_yaml.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import yaml

from plugins.kubernetes.model.objects import KubeObject, Value, metadata_of, with_metadata
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster


async def decode_manifests(cluster: Cluster, text: str, default_namespace: str) -> list[KubeObject]:
    """Return the objects of all documents, items of lists one by one, in the order of the text.

    Raises:
        ResourceFailed: a document is not a Kubernetes object.
    """
    return [await _placed(cluster, obj, default_namespace) for obj in objects_of(text)]


def objects_of(text: str, origin: str = "Manifest") -> list[KubeObject]:
    """Return the objects of all documents as they are; ``origin`` names the text in messages.

    Raises:
        ResourceFailed: it is no YAML, or a document is not a Kubernetes object.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # An empty document, as templates leave it behind, is none.
        documents = [item for item in yaml.load_all(text, Loader=_without_dates(loader)) if item not in (None, {})]
    except yaml.YAMLError as error:
        raise ResourceFailed(f"{origin} is not valid YAML: {error}") from None
    objects: list[KubeObject] = []
    for number, document in enumerate(documents, start=1):
        objects += _objects_in(document, number, origin)
    return objects


def _without_dates(loader: Value) -> Value:
    """Return a loader that leaves dates as text: property values have none."""

    class Loader(loader):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar = {
            first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
            for first, pairs in loader.yaml_implicit_resolvers.items()
        }

    return Loader


def _objects_in(document: Value, number: int, origin: str) -> list[KubeObject]:
    if not isinstance(document, dict) or not document.get("apiVersion") or not document.get("kind"):
        raise ResourceFailed(f"{origin}: document {number} is no Kubernetes object: it has no apiVersion or no kind.")
    if str(document["kind"]).endswith("List") and isinstance(document.get("items"), list):
        return [obj for item in document["items"] for obj in _objects_in(item, number, origin)]
    return [document]


async def _placed(cluster: Cluster, obj: KubeObject, default_namespace: str) -> KubeObject:
    if not default_namespace or metadata_of(obj).get("namespace") or not await cluster.namespaced(kind_of(obj)):
        return obj
    return with_metadata(obj, namespace=default_namespace)
