"""Compares one object with its published schema: unknown fields, wrong types, missing fields, each by its path.

Values are not judged (ranges, formats, enumerations): the API server does that in the dry run, and names paths too.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.diff import join
from plugins.rpc.values import UNKNOWN

if TYPE_CHECKING:
    from plugins.kubernetes.api.openapi import Document, Schema
    from plugins.kubernetes.model.objects import KubeObject, Value

_ARTICLES: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
}
_EMBEDDED: Final = frozenset({"apiVersion", "kind", "metadata"})
# Published as required, but the API server takes their absence for the empty list or 0.
_OPTIONAL: Final = frozenset({"drivers", "endpoints", "serviceName"})
_CLOSE_ENOUGH: Final = 0.7


@dataclass
class Findings:
    """What is wrong with an object: property path to explanation."""

    unknown: dict[str, str] = field(default_factory=dict)
    """Fields that are in no schema, which the API server drops or refuses, depending on the request."""
    wrong: dict[str, str] = field(default_factory=dict)
    """Wrong types and missing fields, which the API server refuses."""

    def __bool__(self) -> bool:
        return bool(self.unknown or self.wrong)


def validate(document: Document, schema: Schema, obj: KubeObject, *, built_in: bool, patch: bool) -> Findings:
    """Return what is wrong with an object; parts that are not known yet are taken to be right.

    Args:
        document: Where references of the schema lead.
        schema: The schema of the object's kind.
        obj: The inputs in the API's spelling.
        built_in: Whether the kind is Kubernetes' own, where a missing number or flag means 0 or false.
        patch: Whether the object is part of another one, so that fields may be missing.
    """
    validator = _Validator(document, built_in=built_in, patch=patch)
    validator.visit("", schema, obj)
    return validator.found


class _Validator:
    def __init__(self, document: Document, *, built_in: bool, patch: bool) -> None:
        self._document = document
        self._built_in = built_in
        self._patch = patch
        self.found = Findings()

    def visit(self, path: str, schema: Schema, value: Value) -> None:
        schema = self._document.resolve(schema)
        if value is None or value is UNKNOWN or not schema:
            return
        if problem := _wrong_type(schema, value):
            self.found.wrong[path] = problem
        elif isinstance(value, dict):
            self._visit_fields(path, schema, value)
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for index, item in enumerate(value):
                self.visit(join(path, index), schema["items"], item)

    def _visit_fields(self, path: str, schema: Schema, value: dict[str, Any]) -> None:
        properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
        for key, item in value.items():
            if key in properties:
                self.visit(join(path, key), properties[key], item)
            elif isinstance(additional, dict):
                self.visit(join(path, key), additional, item)
            elif _closed(schema, key):
                self.found.unknown[join(path, key)] = _unknown_field(key, properties, value)
        for key in schema.get("required") or []:
            if value.get(key) is None and self._enforced(key, properties.get(key) or {}):
                self.found.wrong[join(path, key)] = "missing: this field is required"

    def _enforced(self, key: str, schema: Schema) -> bool:
        if self._patch:
            return False
        kind = self._document.resolve(schema).get("type")
        return not self._built_in or (kind not in ("integer", "number", "boolean") and key not in _OPTIONAL)


def _closed(schema: Schema, key: str) -> bool:
    if not schema.get("properties") or schema.get("additionalProperties"):
        return False
    if schema.get("x-kubernetes-embedded-resource") and key in _EMBEDDED:
        return False
    return not schema.get("x-kubernetes-preserve-unknown-fields")


def _unknown_field(key: str, properties: dict[str, Any], value: dict[str, Any]) -> str:
    free = [name for name in properties if name not in value]
    by_case = [name for name in free if name.lower() == key.replace("_", "").lower()]
    close = by_case or difflib.get_close_matches(key, free, n=1, cutoff=_CLOSE_ENOUGH)
    return f'unknown field; did you mean "{close[0]}"?' if close else "unknown field; remove it"


def _wrong_type(schema: Schema, value: Value) -> str:
    """Return what is expected instead; the value itself may be secret and is not told."""
    allowed = _types(schema)
    if not allowed or any(_fits(kind, value) for kind in allowed):
        return ""
    expected = " or ".join(_ARTICLES.get(kind, kind) for kind in allowed)
    return f"must be {expected}, but is {_ARTICLES.get(_type_of(value), type(value).__name__)}"


def _types(schema: Schema) -> list[str]:
    if schema.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    if kind := schema.get("type"):
        return [str(kind)]
    alternatives = [item.get("type") for item in schema.get("oneOf") or []]
    return [str(kind) for kind in alternatives] if alternatives and all(alternatives) else []


def _type_of(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((dict, "object"), (list, "array"), (str, "string"), (int, "integer"), (float, "number")):
        if isinstance(value, kind):
            return name
    return ""


def _fits(kind: str, value: Value) -> bool:
    found = _type_of(value)
    if kind == "number":
        return found in ("integer", "number")
    if kind == "integer":
        return found == "integer" or (isinstance(value, float) and value.is_integer())
    return found == kind or not found
