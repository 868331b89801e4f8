"""Property values survive the wire, and secrets stay marked."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.rpc.values import (
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINELS,
    Archive,
    Asset,
    Secret,
    contains_secret,
    contains_unknown,
    decode,
    encode,
    mark_like,
    reveal,
)

LARGEST_EXACT = 2**53
TEXT = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda text: text not in UNKNOWN_SENTINELS)
KEYS = TEXT.filter(lambda key: key != SIGNATURE_KEY)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_EXACT, LARGEST_EXACT)
    | st.floats(allow_nan=False).filter(lambda number: not number.is_integer())
    | TEXT
    | st.just(UNKNOWN)
    | st.builds(Asset, hash=TEXT, text=TEXT)
    | st.builds(Archive, hash=TEXT, path=TEXT)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3) | st.builds(Secret, inner),
    max_leaves=10,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_values_survive_the_wire(properties: dict[str, Any]) -> None:
    returned = decode(encode(properties))

    assert returned == properties
    assert {key: type(value) for key, value in returned.items()} == {key: type(properties[key]) for key in properties}


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_revealed_values_hold_no_secret(properties: dict[str, Any]) -> None:
    assert not contains_secret(reveal(properties))
    assert not contains_secret(decode(encode(properties, keep_secrets=False)))


@given(VALUES)
def test_outputs_equal_to_inputs_are_marked_like_them(value: Any) -> None:  # noqa: ANN401 - any value
    assert mark_like(reveal(value), value) == _outermost(value)


def _outermost(value: Any) -> Any:  # noqa: ANN401 - any value
    """Drop what a secret says about secrets inside it: the whole of it is one."""
    if isinstance(value, Secret):
        return Secret(reveal(value))
    if isinstance(value, dict):
        return {key: _outermost(item) for key, item in value.items()}
    return [_outermost(item) for item in value] if isinstance(value, list) else value


def test_secret_below_a_list_marks_the_same_output() -> None:
    inputs = {"logins": [{"user": "a", "password": Secret("x")}]}

    marked = mark_like({"logins": [{"user": "a", "password": "x", "id": 1}, {"user": "b"}]}, inputs)

    assert marked == {"logins": [{"user": "a", "password": Secret("x"), "id": 1}, {"user": "b"}]}


def test_unknown_is_found_inside_a_secret_list() -> None:
    assert contains_unknown({"a": [Secret({"b": UNKNOWN})]})
    assert not contains_unknown({"a": [Secret("b")]})


def test_unknown_is_one_object_wherever_it_went() -> None:
    assert copy.deepcopy(UNKNOWN) is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN  # noqa: S301 - our own bytes


def test_secret_is_never_shown() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})


def test_unencodable_value_is_named() -> None:
    with pytest.raises(TypeError, match="A set is no property value"):
        encode({"a": {1, 2}})


def test_unknown_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown signature nonsense"):
        decode(encode({"a": {SIGNATURE_KEY: "nonsense"}}))
