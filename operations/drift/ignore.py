"""Differences that are left as they are, with a reason, for a while.

It is pure; the file that holds them is read by `ignore_file`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads the annotation at run time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from operations.drift.finding import Finding, Ignored

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_REASON = 8

Pattern = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """One entry. `*` in a pattern stands for anything; every other character for itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: Pattern = "*"
    layer: Literal["machines", "hosts", "kubernetes"]
    kind: Pattern = "*"
    resource: Pattern
    property: Pattern = "*"
    reason: Annotated[str, Field(min_length=SHORTEST_REASON)]
    until: date

    def covers(self, finding: Finding, environment: str) -> bool:
        """Say whether the entry is about a finding."""
        pairs = (
            (self.environment, environment),
            (self.layer, finding.layer),
            (self.kind, finding.kind),
            (self.resource, finding.resource),
            (self.property, finding.property),
        )
        return all(_matches(pattern, text) for pattern, text in pairs)


@dataclass(frozen=True)
class IgnoreList:
    """All entries."""

    entries: tuple[Entry, ...] = ()

    def applied(self, findings: Sequence[Finding], environment: str) -> tuple[list[Finding], list[Ignored]]:
        """Divide findings into those that count and those that an entry covers."""
        counting, ignored = [], []
        for finding in findings:
            entry = next((one for one in self.entries if one.covers(finding, environment)), None)
            if entry:
                ignored.append(Ignored(finding=finding, reason=entry.reason, until=entry.until.isoformat()))
            else:
                counting.append(finding)
        return counting, ignored


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) is not None
