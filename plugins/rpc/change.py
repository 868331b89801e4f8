"""How one property differs between what was and what is wanted.

It compares nothing: ``plugins.rpc.diff`` does, and resources add what they know of replacements.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ChangeKind(enum.IntEnum):
    """How one property differs; the numbers are those of ``PropertyDiff.Kind`` in provider.proto."""

    ADD = 0
    ADD_REPLACE = 1
    DELETE = 2
    DELETE_REPLACE = 3
    UPDATE = 4
    UPDATE_REPLACE = 5

    @property
    def replacing(self) -> ChangeKind:
        """The same change, as one that needs a replacement."""
        return ChangeKind(self | 1)


@dataclass(frozen=True)
class PropertyChange:
    """One entry of a detailed diff."""

    kind: ChangeKind
    input_diff: bool = True
