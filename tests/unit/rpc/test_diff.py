"""Every difference is named by the path of the smallest part that differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.rpc.diff import join, structural_diff, top_key
from plugins.rpc.resource import ChangeKind
from plugins.rpc.values import Secret

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": ChangeKind.UPDATE}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, {"a.b[1]": ChangeKind.UPDATE}),
        ({"a": [1]}, {"a": [1, 2]}, {"a[1]": ChangeKind.ADD}),
        ({"a": [1, 2]}, {"a": [1]}, {"a[1]": ChangeKind.DELETE}),
        ({"m": {"x.y": "1"}}, {"m": {"x.y": "2"}}, {'m["x.y"]': ChangeKind.UPDATE}),
        ({}, {"a": {"b": 1}}, {"a": ChangeKind.ADD}),
        ({"a": None}, {}, {}),
        ({"a": Secret("x")}, {"a": "x"}, {}),
        ({"a": Secret("x")}, {"a": Secret("y")}, {"a": ChangeKind.UPDATE}),
        ({"a": 1}, {"a": True}, {"a": ChangeKind.UPDATE}),
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": {}}, {"a": []}, {"a": ChangeKind.UPDATE}),
    ],
)
def test_differences_are_named(old: dict[str, Any], new: dict[str, Any], expected: dict[str, ChangeKind]) -> None:
    assert {path: change.kind for path, change in structural_diff(old, new).items()} == expected


@given(st.dictionaries(st.text(max_size=3), PLAIN, max_size=4))
def test_equal_trees_do_not_differ(tree: dict[str, Any]) -> None:
    assert structural_diff(tree, tree) == {}


@given(st.text(max_size=5), st.text(max_size=5))
def test_first_key_of_a_path_is_found_again(first: str, second: str) -> None:
    assert top_key(join(join("", first), second)) == first


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_replacing_keeps_what_happens_to_the_property(kind: ChangeKind) -> None:
    assert kind.replacing.name == f"{kind.name.removesuffix('_REPLACE')}_REPLACE"
