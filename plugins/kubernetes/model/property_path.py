"""Parses property paths in Pulumi's syntax, as ignore_changes gives them: ``spec.template.metadata.labels["a.b"]``.

Writing such paths is done by ``plugins.rpc.diff.join``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value

_STEP: Final = re.compile(
    r"""\.?(?P<key>[^.\[\]"]+)   # a plain key
    | \[(?P<index>\d+)\]         # an index
    | \[(?P<any>\*)\]            # any index or key
    | \["(?P<quoted>(?:[^"\\]|\\.)*)"\]
    """,
    re.VERBOSE,
)


def parse_path(text: str) -> tuple[str | int, ...]:
    """Return the steps of a path; ``*`` stands for any one step.

    Raises:
        ValueError: the text is not a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise ValueError(f"ignore_changes: {text!r} is not a property path (at character {position + 1}).")
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    if match["quoted"] is not None:
        return match["quoted"].replace('\\"', '"')
    return match["any"] or match["key"]


def contains(mask: tuple[str | int, ...], path: tuple[str | int, ...]) -> bool:
    """Say whether ``path`` is what ``mask`` names, or lies below it."""
    return len(mask) <= len(path) and all(
        step in ("*", found) for step, found in zip(mask, path[: len(mask)], strict=True)
    )


def get_path(obj: Value, path: tuple[str | int, ...]) -> tuple[bool, Any]:
    """Return whether there is something at ``path``, and what."""
    for step in path:
        found = step in obj if isinstance(obj, dict) else isinstance(obj, list) and step in range(len(obj))
        if found:
            obj = obj[step]
        else:
            return False, None
    return True, obj


def with_path(obj: Value, path: tuple[str | int, ...], value: Value) -> Value:
    """Return a copy of ``obj`` with ``value`` at ``path``; missing mappings are made, missing indices are not."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(obj, list) or step >= len(obj):
            return obj
        return [with_path(item, rest, value) if index == step else item for index, item in enumerate(obj)]
    mapping = obj if isinstance(obj, dict) else {}
    return {**mapping, step: with_path(mapping.get(step), rest, value)}


def without_path(obj: Value, path: tuple[str | int, ...]) -> Value:
    """Return a copy of ``obj`` with nothing at ``path``."""
    step, rest = path[0], path[1:]
    if isinstance(obj, list) and isinstance(step, int) and step < len(obj) and rest:
        return [without_path(item, rest) if index == step else item for index, item in enumerate(obj)]
    if not isinstance(obj, dict) or step not in obj:
        return obj
    if not rest:
        return {key: item for key, item in obj.items() if key != step}
    return {**obj, step: without_path(obj[str(step)], rest)}
