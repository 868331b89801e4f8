"""What the state knows of one account, as the look for strangers needs it: ids, and the places to look in.

It is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.drift.cloud.recorded_part import CloudResource


@dataclass(frozen=True)
class Stranger:
    """Something in AWS that nobody recorded."""

    kind: str
    name: str
    """As people know it; the id where it has no name."""
    what: str
    """What it is, in a few words."""
    identifiers: tuple[str, ...]
    """What CloudTrail may call it."""


@dataclass(frozen=True)
class Known:
    """Everything that is recorded with one provider."""

    environment: str
    resources: Sequence[CloudResource]

    def ids(self, kind: str) -> set[str]:
        """Return the ids of the resources of a kind."""
        return {item.id for item in self.resources if item.kind == kind}

    def named(self, kind: str) -> dict[str, str]:
        """Return id -> name of the resources of a kind."""
        return {item.id: item.name for item in self.resources if item.kind == kind}
