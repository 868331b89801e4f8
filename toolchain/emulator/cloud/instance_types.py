"""The sizes of instance types, from AWS's published list: ministack makes its own up.

Source: https://aws.amazon.com/ec2/instance-types/ (general purpose, compute and memory optimized; x86-64).
"""

from __future__ import annotations

from dataclasses import dataclass

_STEPS = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}
_BURSTABLE_MIB = {"nano": 512, "micro": 1024, "small": 2048, "medium": 4096, "large": 8192, "xlarge": 16384}
_MIB_PER_CPU = {"m": 4096, "c": 2048, "r": 8192}
_FAMILIES = (
    "m5",
    "m5a",
    "m6a",
    "m6i",
    "m7a",
    "m7i",
    "c5",
    "c6a",
    "c6i",
    "c7a",
    "c7i",
    "r5",
    "r6a",
    "r6i",
    "r7a",
    "r7i",
)


@dataclass(frozen=True)
class Size:
    """What an instance of a type has."""

    vcpus: int
    memory_mib: int


def _all() -> dict[str, Size]:
    sizes = {}
    for family in ("t3", "t3a"):
        for step, memory in _BURSTABLE_MIB.items():
            sizes[f"{family}.{step}"] = Size(4 if step == "xlarge" else 2, memory)
        sizes[f"{family}.2xlarge"] = Size(8, 32768)
    for family in _FAMILIES:
        for step, vcpus in _STEPS.items():
            sizes[f"{family}.{step}"] = Size(vcpus, vcpus * _MIB_PER_CPU[family[0]])
    return sizes


SIZES = _all()


def size_of(name: str) -> Size:
    """Return the size of a type.

    Raises:
        KeyError: There is no such type here.
    """
    return SIZES[name]
