"""Makes inputs and outputs for the state of what a program wants and what AWS tells.

It is pure; which inputs and outputs there are, the resource type says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.schema_diff import compare
from plugins.rpc.values import UNKNOWN, Secret, mark_like

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from plugins.rpc.resource import Properties
    from plugins.rpc.schema import Property

_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def foreseen(fields: Mapping[str, Property], outputs: Collection[str], inputs: Properties) -> Properties:
    """Return the outputs that a preview can tell."""
    decided = [key for key, item in fields.items() if item.computed and inputs.get(key) is None]
    return {**inputs, **dict.fromkeys([*decided, *outputs], UNKNOWN)}


def current(fields: Mapping[str, Property], inputs: Properties, seen: Properties) -> Properties:
    """Return the inputs as they are now; those that mean the same keep the form that the program gave them.

    An import comes without inputs, and gets all that AWS tells.
    """
    if not inputs:
        return hidden(fields, {key: seen[key] for key in fields if seen.get(key) not in _NOTHING})
    now = dict(inputs)
    for key, item in fields.items():
        chosen_by_aws = item.computed and inputs.get(key) is None
        if key in seen and not chosen_by_aws and compare({key: item}, seen, inputs)[0]:
            now[key] = mark_like(seen[key], inputs.get(key))
    return hidden(fields, now)


def joined(
    fields: Mapping[str, Property], outputs: Collection[str], inputs: Properties, seen: Properties
) -> Properties:
    """Return the outputs: what AWS says, else the inputs; what was secret stays secret."""
    told = {key: value for key, value in seen.items() if key in fields or key in outputs}
    own = {key: value for key, value in current(fields, inputs, seen).items() if key in inputs}
    return hidden(fields, {**mark_like(told, inputs), **own})


def hidden(fields: Mapping[str, Property], values: Properties) -> Properties:
    """Mark as secret what always is."""
    always = {key for key, item in fields.items() if item.sensitive}
    return {
        key: Secret(value) if key in always and value is not None and not isinstance(value, Secret) else value
        for key, value in values.items()
    }
