"""A Kubernetes object as it is declared: what rules look at.

It deliberately holds plain values; whatever is not known before an update is the engine's own mark for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's mark for a value that only an update will know (pulumi sdk/go/common/resource/plugin/rpc.go)."""

POD_SPECS: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where each kind of workload keeps the specification of its pods."""


@dataclass(frozen=True)
class KubernetesObject:
    """One object; its manifest has the API's own names."""

    manifest: Mapping[str, Any] = field(repr=False)
    urn: str = ""
    """The resource that it is in a stack; empty outside of one."""

    @property
    def api_version(self) -> str:
        """Such as `apps/v1`."""
        return str(self.manifest.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        """Such as `Deployment`."""
        return str(self.manifest.get("kind", ""))

    @property
    def name(self) -> str:
        """Its name; empty when the API server chooses it."""
        return str(self._metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        """Its namespace; empty for what belongs to the cluster as a whole."""
        return str(self._metadata.get("namespace", ""))

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its specification; empty where there is none."""
        return mapping(self.manifest.get("spec"))

    @property
    def pod_labels(self) -> Mapping[str, Any]:
        """The labels of its pods; empty for what has none."""
        path = POD_SPECS.get(self.kind)
        return mapping(reach(self.manifest, *path[:-1], "metadata", "labels")) if path else {}

    @property
    def pod_spec(self) -> Mapping[str, Any] | None:
        """The specification of its pods; None for what has none, or when nothing of it is known."""
        path = POD_SPECS.get(self.kind)
        spec = reach(self.manifest, *path) if path else None
        return spec if isinstance(spec, Mapping) else None

    @property
    def _metadata(self) -> Mapping[str, Any]:
        return mapping(self.manifest.get("metadata"))

    def containers(self, *, initial: bool = True) -> Iterator[Mapping[str, Any]]:
        """Yield its containers, those that only prepare the pod included unless told otherwise."""
        pod = self.pod_spec or {}
        for key in ("initContainers", "containers") if initial else ("containers",):
            yield from (each for each in sequence(pod.get(key)) if isinstance(each, Mapping))

    def __str__(self) -> str:
        """Name it as people do."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def is_object(properties: Mapping[str, Any]) -> bool:
    """Say whether the inputs of a resource are a Kubernetes object, and not a provider, a chart, or a machine."""
    return isinstance(properties.get("apiVersion"), str) and isinstance(properties.get("kind"), str)


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is a mapping, else an empty one: what is missing or not known yet."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[Any]:
    """Return the value as a list if it is one, else an empty one."""
    return list(value) if isinstance(value, (list, tuple)) else []


def reach(value: object, *path: str) -> Any:  # noqa: ANN401 - manifests are dynamic
    """Return what lies at a path of keys; None where it is missing, UNKNOWN where it or a part on the way is."""
    for key in path:
        if value == UNKNOWN:
            return UNKNOWN
        value = mapping(value).get(key)
    return value


def selects(selector: object, labels: Mapping[str, Any]) -> bool:
    """Say whether a label selector selects something with these labels.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
    """
    wanted = mapping(selector)
    equal = mapping(wanted.get("matchLabels")).items()
    return all(labels.get(key) == value for key, value in equal) and all(
        _meets(mapping(term), labels) for term in sequence(wanted.get("matchExpressions"))
    )


def _meets(term: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = str(term.get("key")), sequence(term.get("values"))
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(term.get("operator")), False)
