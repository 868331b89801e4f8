"""Cuts a live object down to what the inputs speak about.

What is left is ours: a foreign change of it shows, while defaults and fields of other managers do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.comparing.equivalence import Path, is_empty, same_meaning

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value

_TEXTS: Final = frozenset({"binaryData", "data", "stringData"})
_METADATA_TEXTS: Final = frozenset({("metadata", "annotations"), ("metadata", "labels")})
# Sets to which controllers add their own entries.
_SHARED_LISTS: Final = frozenset({"finalizers", "ownerReferences"})


def restrict(live: Value, inputs: Value, path: Path = ()) -> Value:
    """Return ``live`` in the shape of ``inputs``, and in their spelling where both mean the same.

    Fields that are absent in ``live`` are absent in the result, unless the input is an empty value that
    the API server does not store.
    """
    if isinstance(live, dict) and isinstance(inputs, dict):
        kept = {key: restrict(live[key], item, (*path, key)) for key, item in inputs.items() if key in live}
        return kept | {
            key: item for key, item in inputs.items() if key not in live and _is_left_out((*path, key), item)
        }
    if isinstance(live, list) and isinstance(inputs, list):
        return _restrict_list(live, inputs, path)
    return inputs if same_meaning(path, live, inputs) else live


def _is_left_out(path: Path, item: Value) -> bool:
    """Say whether the API server may leave a value out; the entries of text maps it keeps, empty or not."""
    if path[0] in _TEXTS or path[:2] in _METADATA_TEXTS:
        return item is None or item == {}
    return is_empty(item)


def _restrict_list(live: list[Any], inputs: list[Any], path: Path) -> list[Any]:
    live_names, input_names = _names(live), _names(inputs)
    if live_names is not None and input_names is not None:
        # Lists keyed by name, such as containers and env: others may add entries anywhere.
        by_name = dict(zip(live_names, live, strict=True))
        return [
            restrict(by_name[name], item, (*path, index))
            for index, (name, item) in enumerate(zip(input_names, inputs, strict=True))
            if name in by_name
        ]
    paired = [
        restrict(found, item, (*path, index)) for index, (found, item) in enumerate(zip(live, inputs, strict=False))
    ]
    scalar = not any(isinstance(item, (dict, list)) for item in live)
    if scalar and not _SHARED_LISTS.intersection(path):
        # Lists of plain values belong to their owner as a whole, so an added value is a foreign change.
        return paired + live[len(inputs) :]
    return paired


def _names(items: list[Any]) -> list[str] | None:
    """Return the names of the items if they are distinct mappings, each with a name."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if not items or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return None
    return [str(name) for name in names]
