"""One resource that Pulumi's state records, its secrets revealed.

It deliberately knows nothing of where states come from, so that it can also be what a cluster keeps of itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of the state."""

    urn: str
    type: str
    id: str
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    made_at: tuple[str, ...] = ()
    """Places in the program, innermost first, such as `components/web_tier.py#70`."""

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.urn.rpartition("::")[2]
