"""What every health target has in common: a layer, a name, and a probe that answers with a finding.

It deliberately knows no kind; each kind is a module of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from operations.health.finding import Finding
    from operations.health.probe_context import ProbeContext


class Contract(BaseModel):
    """A part of the outputs: camelCase as Pulumi exports it; an unknown key is a newer program's, and is let be."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Target(Contract, ABC):
    """One thing to check."""

    layer: str
    name: str
    weight: float = Field(default=1.0, gt=0)
    """What the check counts in the score, against the others."""

    @property
    def over_ssh(self) -> bool:
        """Whether the probe asks a machine over SSH."""
        return False

    @abstractmethod
    async def probe(self, context: ProbeContext) -> Finding:
        """Look at the real thing. An error of the connection may be raised: it counts as unhealthy and unreachable."""
