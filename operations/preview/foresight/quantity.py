"""Quantities of the Kubernetes API as numbers: CPU in millicores, memory in bytes.

It deliberately rounds up, as the scheduler does. Source: apimachinery pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import math
import re
from typing import Final

FORM = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(m|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E)?")
FACTORS: Final = {
    "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
}  # fmt: skip


def quantity(value: object) -> float:
    """Return a quantity as a number; 0 for what is missing, malformed, or not known yet."""
    matched = FORM.fullmatch(str(value).strip())
    if matched is None:
        return 0.0
    number, unit = matched.groups()
    return float(number) * FACTORS.get(unit, 1.0)


def cpu_millis(value: object) -> int:
    """Return an amount of CPU in thousandths of a core."""
    # Rounded first: 0.1 of a core must not become 101 because binary fractions are not exact.
    return math.ceil(round(quantity(value) * 1000, 6))


def memory_bytes(value: object) -> int:
    """Return an amount of memory in bytes."""
    return math.ceil(quantity(value))


def shown_memory(amount: float) -> str:
    """Return an amount of memory for people."""
    return f"{amount / 2**20:.0f} MiB"
