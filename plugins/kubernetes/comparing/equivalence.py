"""Tells whether two spellings mean the same to Kubernetes: 1000m and 1, 1024Mi and 1Gi, false and absent.

It compares leaves only; the walk over objects is done by its callers.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value

Path = tuple[str | int, ...]

# Under these keys values are quantities (k8s.io/apimachinery/pkg/api/resource); elsewhere "1" and "1000m" just differ.
_QUANTITY_KEYS: Final = frozenset(
    {
        "allocatable",
        "averageValue",
        "capacity",
        "default",
        "defaultRequest",
        "divisor",
        "hard",
        "limits",
        "max",
        "maxLimitRequestRatio",
        "min",
        "podFixed",
        "requests",
        "sizeLimit",
        "targetAverageValue",
    }
)
_FREE_TEXT: Final = frozenset({"metadata", "data", "stringData", "binaryData"})
_QUANTITY: Final = re.compile(r"([+-]?[0-9.]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?\Z")
_SUFFIXES: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    **{letter: Decimal(10 ** (3 * power)) for power, letter in enumerate("MGTPE", start=2)},
    **{f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTPE", start=1)},
}


def quantity(value: Value) -> Decimal | None:
    """Return the amount that a Kubernetes quantity stands for, None if it is no quantity."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    match = _QUANTITY.match(str(value))
    if match is None:
        return None
    number, suffix = match.groups()
    try:
        if suffix and suffix[0] in "eE" and len(suffix) > 1 and suffix[1:] != "i":
            return Decimal(number + suffix)
        return Decimal(number) * _SUFFIXES.get(suffix or "", Decimal(1))
    except InvalidOperation:
        return None


def same_meaning(path: Path, left: Value, right: Value) -> bool:
    """Say whether two leaves at ``path`` mean the same."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left == right:
        return True
    if not path or path[0] in _FREE_TEXT or _QUANTITY_KEYS.isdisjoint(path):
        return False
    amount = quantity(left)
    return amount is not None and amount == quantity(right)


def is_empty(value: Value) -> bool:
    """Say whether a value is what Go's omitempty leaves out: null, false, 0, '' or a collection of nothing else."""
    if isinstance(value, dict):
        return all(is_empty(item) for item in value.values())
    return value is None or value is False or value in ("", 0) or value == []
