"""Compares checked inputs by schema as the official, bridged plugin does.

It is pure; what the engine really has arrives here as the old inputs of a refresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.rpc.resource import DiffResult
from plugins.rpc.schema import DEFAULTS
from plugins.rpc.schema_diff import compare
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.docker.schema import Schema
    from plugins.rpc.resource import Properties


def diff(schema: Schema, old_inputs: Properties, news: Properties) -> DiffResult:
    """Return the differences between two sets of checked inputs."""
    detailed, replaces = compare(schema.properties, old_inputs, news)
    first = bool(replaces) and (schema.always_deletes_first or _keeps_given_name(reveal(old_inputs), reveal(news)))
    return DiffResult(bool(detailed), replaces, first, detailed)


def _keeps_given_name(old: Properties, new: Properties) -> bool:
    """Two objects cannot have one name at a time; an automatic name makes room for the new object first."""
    if "name" not in new or "name" in new.get(DEFAULTS, []):
        return False
    return bool(old.get("name") == new["name"])
