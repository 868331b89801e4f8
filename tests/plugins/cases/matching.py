"""Compares what a case expects with what there is: expected mappings are a part, everything else is the whole.

It returns texts and never raises, so that one step can name all that is wrong with it.
"""

from __future__ import annotations

import json
from typing import Any

from plugins.rpc.values import Secret, reveal
from tests.plugins.cases.tags import Absent, Anything, Matches

_MISSING = Absent()


def mismatches(expected: Any, actual: Any, path: str) -> list[str]:  # noqa: ANN401 - any two values
    """Return what differs, each with its path; ``Absent()`` as ``actual`` stands for nothing at all."""
    if isinstance(expected, Secret) and isinstance(actual, Secret):
        return mismatches(expected.value, actual.value, path)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            line
            for key, item in expected.items()
            for line in mismatches(item, actual.get(key, _MISSING), f"{path}.{key}" if path else str(key))
        ]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for index, (one, other) in pairs for line in mismatches(one, other, f"{path}[{index}]")]
    return [] if _equal(expected, actual) else [f"{path}: expected {show(expected)}, found {show(actual)}"]


def _equal(expected: Any, actual: Any) -> bool:  # noqa: ANN401 - any two values
    if isinstance(expected, Anything):
        return not isinstance(actual, Absent)
    if isinstance(expected, Matches):
        return expected.accepts(actual)
    # In Python True equals 1.
    return bool(expected == actual) and isinstance(expected, bool) == isinstance(actual, bool)


def show(value: Any) -> str:  # noqa: ANN401 - any value
    """Return a value for a message."""
    if isinstance(value, Absent):
        return "nothing"
    if isinstance(value, Anything):
        return "something"
    if isinstance(value, Matches):
        return f"a match of {value.pattern!r}"
    if isinstance(value, Secret):
        return f"secret {show(reveal(value.value))}"
    return json.dumps(value, default=show, sort_keys=True)
