"""Brings inputs into the form that the API server gives them anyway, so that equal things look equal.

It adds no defaults: those come from the API server and stay out of the inputs.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.model.objects import is_definition
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.values import UNKNOWN

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import KubeObject, Value

# Python identifiers have no dashes, so the SDK spells these keys of CRD schemas with underscores.
_DASHED: Final = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_UNDERSCORED: Final = {dashed: underscored for underscored, dashed in _DASHED.items()}

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (read-only fields)
READ_ONLY_METADATA: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)


def dashed(value: Value) -> Value:
    """Spell the ``x-kubernetes-*`` keys as the API does."""
    return _renamed(value, _DASHED)


def underscored(value: Value) -> Value:
    """Spell the ``x-kubernetes-*`` keys as the SDK does."""
    return _renamed(value, _UNDERSCORED)


def _renamed(value: Value, names: dict[str, str]) -> Value:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def normalize(obj: KubeObject) -> KubeObject:
    """Return the inputs as they will be compared and sent; unknown values stay where they are."""
    kind = kind_of(obj)
    if kind.built_in:
        obj = _without_nulls(obj)
    if is_definition(obj):
        obj = _normalize_definition(obj)
    elif kind.kind == "Secret" and not kind.group:
        obj = _normalize_secret(obj)
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key not in READ_ONLY_METADATA}}


def _without_nulls(value: Value) -> Value:
    """Drop null fields: for built-in kinds they mean the same as absent ones."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _normalize_definition(obj: KubeObject) -> KubeObject:
    spec = obj.get("spec")
    if isinstance(spec, dict) and spec.get("preserveUnknownFields") is False:
        spec = {key: value for key, value in spec.items() if key != "preserveUnknownFields"}
    # The status belongs to the API server; generated manifests often carry an empty one.
    rest = {key: value for key, value in obj.items() if key != "status"}
    return {**rest, "spec": spec} if "spec" in obj else rest


def _normalize_secret(obj: KubeObject) -> KubeObject:
    """Move ``stringData`` into ``data``, as the API server does on every write."""
    data, strings = obj.get("data"), obj.get("stringData")
    if strings is UNKNOWN or data is UNKNOWN:
        return {**{key: value for key, value in obj.items() if key != "stringData"}, "data": UNKNOWN}
    encoded = {key: _canonical_base64(value) for key, value in (data or {}).items()}
    encoded |= {key: _base64(value) for key, value in (strings or {}).items()}
    rest = {key: value for key, value in obj.items() if key not in ("data", "stringData")}
    return {**rest, "data": encoded} if encoded or "data" in obj else rest


def _base64(value: Value) -> Value:
    return base64.b64encode(value.encode()).decode() if isinstance(value, str) else value


def _canonical_base64(value: Value) -> Value:
    """Re-encode, which drops line breaks; what is no base64 is left for the API server to refuse."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except (binascii.Error, ValueError):
        return value
