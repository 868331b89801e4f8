"""Client-side apply: what becomes of ours, of what we dropped, and of what others wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.kubernetes.api.openapi import Document
from plugins.kubernetes.comparing.three_way_merge import merge_patch, three_way

KEYED = {"x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "named": {"type": "array", "items": {"type": "object"}, **KEYED},
        "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge"},
        "plain": {"type": "array", "items": {"type": "string"}},
        "inner": {"$ref": "#/components/schemas/inner"},
    },
}
DOCUMENT = Document(json.dumps({"components": {"schemas": {"inner": SCHEMA}}}))


@pytest.mark.parametrize(
    ("before", "wanted", "live", "merged"),
    [
        # Fields: ours, dropped, and theirs.
        ({"a": 1, "b": 1}, {"a": 2}, {"a": 1, "b": 1, "c": 3}, {"a": 2, "c": 3}),
        ({}, {"a": None}, {"a": 1}, {}),
        ({"m": {"x": 1}}, {"m": {"y": 2}}, {"m": {"x": 1, "z": 3}}, {"m": {"y": 2, "z": 3}}),
        # Lists with a merge key, also behind a reference: an item of another one stays.
        (
            {"inner": {"named": [{"name": "a", "v": 1}, {"name": "b"}]}},
            {"inner": {"named": [{"name": "c"}, {"name": "a", "v": 2}]}},
            {"inner": {"named": [{"name": "a", "v": 1, "d": 0}, {"name": "b"}, {"name": "other"}]}},
            {"inner": {"named": [{"name": "c"}, {"name": "a", "v": 2, "d": 0}, {"name": "other"}]}},
        ),
        ({"set": ["a", "b"]}, {"set": ["b", "c"]}, {"set": ["a", "b", "other"]}, {"set": ["b", "other", "c"]}),
        ({"plain": ["a"]}, {"plain": ["b"]}, {"plain": ["a", "other"]}, {"plain": ["b"]}),
    ],
)
def test_merge(before: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any], merged: dict[str, Any]) -> None:
    assert three_way(DOCUMENT, SCHEMA, before, wanted, live) == merged


def test_lists_of_kinds_without_a_schema_are_replaced() -> None:
    live = {"named": [{"name": "a"}, {"name": "other"}]}
    assert three_way(None, {}, {}, {"named": [{"name": "a"}]}, live) == {"named": [{"name": "a"}]}


def test_patch_holds_the_difference_only() -> None:
    live = {"a": 1, "b": {"c": 1, "d": [1]}, "e": True, "same": {"x": 1}}
    desired = {"b": {"c": 1, "d": [2]}, "e": 1, "same": {"x": 1}, "new": {}}
    assert merge_patch(live, desired) == {"a": None, "b": {"d": [2]}, "e": 1, "new": {}}
    assert merge_patch(live, live) == {}
