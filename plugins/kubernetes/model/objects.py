"""Reads and writes parts of Kubernetes objects held as plain dictionaries.

It knows the common metadata only; what a kind's own fields mean is told elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

KubeObject = dict[str, Any]
Value = Any
"""Any part of an object, of whatever type it happens to be."""

AUTONAMED: Final = "pulumi.com/autonamed"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
WAIT_FOR: Final = "pulumi.com/waitFor"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
REPLACE_UNREADY: Final = "pulumi.com/replaceUnready"
PATCH_FORCE: Final = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER: Final = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"


def pluck(obj: Value, *path: str | int) -> Value:
    """Return the value at ``path``, or None where the path ends early."""
    for step in path:
        if isinstance(step, str) and isinstance(obj, dict):
            obj = obj.get(step)
        elif isinstance(step, int) and isinstance(obj, list) and step < len(obj):
            obj = obj[step]
        else:
            return None
    return obj


def metadata_of(obj: KubeObject) -> dict[str, Any]:
    """Return the metadata, or an empty mapping where it is absent or not known yet."""
    metadata = obj.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def name_of(obj: KubeObject) -> str:
    """Return the name, empty when there is none or it is not known yet."""
    name = metadata_of(obj).get("name")
    return name if isinstance(name, str) else ""


def namespace_of(obj: KubeObject) -> str:
    """Return the namespace, empty when there is none or it is not known yet."""
    namespace = metadata_of(obj).get("namespace")
    return namespace if isinstance(namespace, str) else ""


def annotation(obj: KubeObject, key: str) -> str | None:
    """Return one annotation."""
    value = pluck(obj, "metadata", "annotations", key)
    return value if isinstance(value, str) else None


def annotated_true(obj: KubeObject, key: str) -> bool:
    """Say whether an annotation is set to ``"true"``."""
    return annotation(obj, key) == "true"


def with_annotation(obj: KubeObject, key: str, value: str) -> KubeObject:
    """Return the object with one annotation more; unknown metadata or annotations stay as they are."""
    metadata = obj.get("metadata", {})
    if not isinstance(metadata, dict):
        return obj
    annotations = metadata.get("annotations")
    if annotations is not None and not isinstance(annotations, dict):
        return obj
    return {**obj, "metadata": {**metadata, "annotations": {**(annotations or {}), key: value}}}


def with_metadata(obj: KubeObject, **fields: str | None) -> KubeObject:
    """Return the object with metadata fields set, or removed where the value is None."""
    metadata = obj.get("metadata") or {}
    if not isinstance(metadata, dict):
        return obj
    merged = {**metadata, **fields}
    return {**obj, "metadata": {key: value for key, value in merged.items() if value is not None or key not in fields}}


def identifier_of(obj: KubeObject) -> str:
    """Return the Pulumi id: ``<namespace>/<name>``, or ``<name>`` for objects of the cluster."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def split_identifier(identifier: str) -> tuple[str, str]:
    """Return namespace ('' for none) and name of a Pulumi id."""
    namespace, _, name = identifier.rpartition("/")
    return namespace, name


def describe(obj: KubeObject) -> str:
    """Return ``Deployment team/web`` for messages."""
    return f"{obj.get('kind') or 'Object'} {identifier_of(obj)}"


def condition_of(obj: KubeObject, kind: str) -> dict[str, Any]:
    """Return the status condition of one type, or an empty mapping."""
    for item in pluck(obj, "status", "conditions") or []:
        if isinstance(item, dict) and item.get("type") == kind:
            return item
    return {}


def is_definition(obj: KubeObject) -> bool:
    """Say whether the object is a CustomResourceDefinition."""
    return obj.get("kind") == "CustomResourceDefinition" and str(obj.get("apiVersion")).startswith(
        "apiextensions.k8s.io/"
    )
