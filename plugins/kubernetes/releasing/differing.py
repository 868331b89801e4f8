"""Compares a release, as the state remembers it, with new inputs.

It is pure. Only what the inputs speak of counts, now or before: what helm adds by itself is no difference.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, Diff.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.model.property_path import contains, parse_path
from plugins.kubernetes.model.state import INPUTS
from plugins.rpc.diff import mark_replacements, structural_diff
from plugins.rpc.resource import ChangeKind, DiffResult, PropertyChange
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTITY: Final = ("name", "namespace")
# Inputs of older plugins.
_DEPRECATED: Final = ("checksum", "resourceNames")
# In values a null removes a default of the chart, so it is not the same as nothing.
_NULL: Final = "\0null"


def release_diff(
    old_inputs: dict[str, Any],
    old_state: dict[str, Any],
    news: dict[str, Any],
    *,
    ignore_changes: Sequence[str] = (),
    generated_name: bool = False,
    unfinished: bool = False,
) -> DiffResult:
    """Return what an update would change.

    Args:
        old_inputs: The checked inputs of before.
        old_state: The outputs of before, or of the last refresh.
        news: The checked inputs of now; may hold unknown values.
        ignore_changes: Paths whose differences do not count.
        generated_name: Whether a replacement gets another name.
        unfinished: Whether an update was begun that a kill cut short.
    """
    new = reveal(news)
    state = reveal(old_state)
    before = {key: item for key, item in (state.get(INPUTS) or reveal(old_inputs)).items() if key not in _DEPRECATED}
    changes = structural_diff(_nulls_shown(_spoken_of(state, before, new)), _nulls_shown(new))
    masks = [parse_path(text) for text in ignore_changes]
    detailed = {
        path: replace(change, input_diff=change.kind is ChangeKind.DELETE)
        for path, change in changes.items()
        if not any(contains(mask, parse_path(path)) for mask in masks)
    }
    if unfinished:
        detailed["status"] = PropertyChange(ChangeKind.UPDATE, input_diff=False)
    replaces = mark_replacements(detailed, IDENTITY)
    # Whatever asks for a replacement: helm cannot have two releases of one name.
    in_the_way = not generated_name and all(state.get(key) == new.get(key) for key in IDENTITY)
    return DiffResult(bool(detailed), replaces=replaces, delete_before_replace=in_the_way, detailed=detailed)


def _spoken_of(state: dict[str, Any], before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the state that the inputs speak of; lists are one value."""
    found = {}
    for key in state.keys() & (before.keys() | new.keys()):
        item, old, wanted = state[key], before.get(key), new.get(key)
        if isinstance(item, dict) and (isinstance(old, dict) or isinstance(wanted, dict)):
            found[key] = _spoken_of(item, _mapping(old), _mapping(wanted))
        else:
            found[key] = item
    return found


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    return value if isinstance(value, dict) else {}


def _nulls_shown(value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    if isinstance(value, dict):
        return {key: _nulls_shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nulls_shown(item) for item in value]
    return _NULL if value is None else value
