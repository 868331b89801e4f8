"""Paths into Kubernetes objects that mean the same thing after a list was reordered or something stood in between.

It deliberately needs no schema: entries of a list are told apart by the keys that Kubernetes' own merge keys are
(`x-kubernetes-list-map-keys` in its OpenAPI documents).
"""

from __future__ import annotations

import re
from typing import Any

MERGE_KEYS: tuple[tuple[str, ...], ...] = (
    ("mountPath",), ("containerPort", "protocol"), ("port", "protocol"), ("topologyKey", "whenUnsatisfiable"),
    ("name",), ("key", "effect"), ("type",), ("ip",), ("uid",),
)  # fmt: skip
"""The first that all entries of a list have, and that differs between them."""
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")

Element = tuple[tuple[str, Any], ...]
"""An entry of a list, by its merge keys."""
Segment = str | int | Element
Path = tuple[Segment, ...]


def element_keys(*lists: list[Any]) -> tuple[str, ...] | None:
    """Return the merge keys of the entries, or None where only their position tells them apart."""
    entries = [entry for one in lists for entry in one]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        return None
    for keys in MERGE_KEYS:
        if all(_has(entry, keys) for entry in entries) and all(_distinct(one, keys) for one in lists):
            return keys
    return None


def by_element(entries: list[Any], keys: tuple[str, ...] | None) -> dict[Segment, Any]:
    """Return the entries of a list by what tells them apart."""
    if keys is None:
        return dict(enumerate(entries))
    return {tuple((key, entry.get(key)) for key in keys): entry for entry in entries}


def shown(path: Path) -> str:
    """Write a path as people do: `spec.template.spec.containers[api].image`."""
    text = ""
    for segment in path:
        if isinstance(segment, int):
            text += f"[{segment}]"
        elif isinstance(segment, tuple):
            text += f"[{'/'.join(str(value) for _, value in segment if value is not None)}]"
        elif PLAIN_SEGMENT.fullmatch(segment):
            text += f".{segment}" if text else segment
        else:
            text += f"[{segment}]"
    return text


def _has(entry: dict[str, Any], keys: tuple[str, ...]) -> bool:
    # The protocol of a port and the effect of a taint may be left out; what comes first may not.
    return keys[0] in entry


def _distinct(entries: list[Any], keys: tuple[str, ...]) -> bool:
    seen = [tuple(str(entry.get(key)) for key in keys) for entry in entries]
    return len(seen) == len(set(seen))
