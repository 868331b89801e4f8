"""Objects against published schemas: every finding names its path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.kubernetes.api.openapi import Document
from plugins.kubernetes.checking.validating import Findings, validate
from plugins.kubernetes.model.tokens import GroupVersionKind
from plugins.rpc.values import UNKNOWN

PREFIX = "io.k8s.api.apps.v1."
SCHEMAS: dict[str, Any] = {
    "DeploymentSpec": {
        "type": "object",
        "required": ["selector", "template"],
        "properties": {
            "replicas": {"type": "integer", "format": "int32", "description": "how many"},
            "minReadySeconds": {"type": "integer"},
            "paused": {"type": "boolean"},
            "selector": {"type": "object", "additionalProperties": {"type": "string"}},
            "template": {"allOf": [{"$ref": f"#/components/schemas/{PREFIX}PodSpec"}], "default": {}},
        },
    },
    "PodSpec": {
        "type": "object",
        "required": ["containers"],
        "properties": {
            "containers": {"type": "array", "items": {"allOf": [{"$ref": f"#/components/schemas/{PREFIX}Container"}]}},
        },
    },
    "Container": {
        "type": "object",
        "required": ["name", "weight"],
        "properties": {
            "name": {"type": "string"},
            "image": {"type": "string"},
            "weight": {"type": "integer"},
            "limits": {"type": "object", "additionalProperties": {"$ref": f"#/components/schemas/{PREFIX}Quantity"}},
            "port": {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
            "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {}}},
            "any": {"type": "object"},
        },
    },
    "Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "Deployment": {
        "type": "object",
        "x-kubernetes-group-version-kind": [{"group": "apps", "kind": "Deployment", "version": "v1"}],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"allOf": [{"$ref": f"#/components/schemas/{PREFIX}DeploymentSpec"}]},
        },
    },
}
KIND = GroupVersionKind("apps", "v1", "Deployment")


def document(*, indent: int | None = None) -> Document:
    named = {PREFIX + name: schema for name, schema in SCHEMAS.items()}
    whole = {"openapi": "3.0.0", "paths": {"/a": {"b": "components"}}, "components": {"schemas": named}, "z": {}}
    return Document(json.dumps(whole, indent=indent))


def findings(container: dict[str, Any], **spec: Any) -> Findings:  # noqa: ANN401
    return judged({"selector": {}, "template": {"containers": [{"name": "c", "weight": 1, **container}]}, **spec})


def judged(spec: dict[str, Any], *, built_in: bool = True, patch: bool = False) -> Findings:
    published = document()
    schema = published.of_kind(KIND)
    assert schema
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    return validate(published, schema, obj, built_in=built_in, patch=patch)


def test_what_fits_is_found_to_fit() -> None:
    limits = {"cpu": 1, "memory": "1Gi", "gpu": 0.5}
    container = {"image": "x", "limits": limits, "port": "http", "raw": {"b": 1}, "any": {"c": 1}}
    assert not findings(container, replicas=2.0, paused=False, selector={"a.b/c": "d"})


@pytest.mark.parametrize(
    ("container", "path", "text"),
    [
        ({"imagee": "x"}, "spec.template.containers[0].imagee", 'unknown field; did you mean "image"?'),
        ({"Image": "x"}, "spec.template.containers[0].Image", 'unknown field; did you mean "image"?'),
        ({"zzz": "x"}, "spec.template.containers[0].zzz", "unknown field; remove it"),
        ({"a.b": "x"}, 'spec.template.containers[0]["a.b"]', "unknown field; remove it"),
    ],
)
def test_unknown_fields_are_named_with_what_was_meant(container: dict[str, Any], path: str, text: str) -> None:
    found = findings(container)
    assert found.unknown == {path: text}
    assert not found.wrong


@pytest.mark.parametrize(
    ("container", "path", "text"),
    [
        ({"image": 3}, "image", "must be a string, but is an integer"),
        ({"image": True}, "image", "must be a string, but is true or false"),
        ({"weight": "1"}, "weight", "must be an integer, but is a string"),
        ({"weight": 1.5}, "weight", "must be an integer, but is a number"),
        ({"limits": ["x"]}, "limits", "must be a mapping, but is a list"),
        ({"limits": {"cpu": {}}}, "limits.cpu", "must be a string or a number, but is a mapping"),
        ({"port": []}, "port", "must be an integer or a string, but is a list"),
    ],
)
def test_wrong_types_are_named_without_the_value(container: dict[str, Any], path: str, text: str) -> None:
    assert findings(container).wrong == {f"spec.template.containers[0].{path}": text}


def test_missing_fields_are_named() -> None:
    assert list(judged({"template": {"containers": [{}]}}).wrong) == [
        "spec.template.containers[0].name",
        "spec.selector",
    ]


def test_a_number_may_be_missing_in_kinds_of_kubernetes_but_not_in_custom_ones() -> None:
    spec = {"selector": {}, "template": {"containers": [{"name": "c"}]}}
    assert not judged(spec)
    assert list(judged(spec, built_in=False).wrong) == ["spec.template.containers[0].weight"]


def test_patches_may_leave_out_anything() -> None:
    assert not judged({"template": {"containers": [{"image": "x"}]}}, patch=True)


def test_unknown_values_and_nulls_fit_everywhere() -> None:
    assert not judged({"selector": UNKNOWN, "template": {"containers": [UNKNOWN]}, "replicas": None})
    assert not judged({"selector": {}, "template": UNKNOWN})


def test_documents_are_read_however_they_are_laid_out() -> None:
    for indent in (None, 2):
        published = document(indent=indent)
        schema = published.of_kind(KIND)
        assert schema
        spec = published.resolve(schema["properties"]["spec"])
        assert spec["properties"]["replicas"] == {"type": "integer"}
    assert Document("{}").of_kind(KIND) is None
