"""Makes the report of a run: ignore entries applied, compared with the run before.

It is pure, and it reads no state: what looks from inside a cluster makes its reports here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from operations.drift.finding import DriftReport, Finding, Unchecked, by_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.drift.ignore import IgnoreList


@dataclass
class Found:
    """What the layers found."""

    findings: list[Finding]
    unchecked: list[Unchecked]
    objects: int = 0


def assemble(
    environment: str,
    layers: Sequence[str],
    found: Found,
    *,
    ignore: IgnoreList,
    before: DriftReport | None,
    began: datetime,
    seconds: float,
) -> DriftReport:
    """Return the report.

    Args:
        environment: Its name.
        layers: Those that were looked at.
        found: What was found there, secrets hidden.
        ignore: What is known and left as it is for a while.
        before: The run before, for what is new; nothing is known of it when None.
        began: When the look began.
        seconds: How long it took.
    """
    findings, ignored = ignore.applied(found.findings, environment)
    known = (
        {finding.key for finding in (*before.findings, *(one.finding for one in before.ignored))} if before else set()
    )
    signed = [_kept_author(finding, before) for finding in by_layer(findings)]
    return DriftReport(
        environment=environment,
        checked_at=datetime.now(UTC),
        seconds=seconds,
        layers=tuple(layers),
        findings=tuple(signed),
        new=tuple(finding.key for finding in signed if finding.key not in known),
        ignored=tuple(ignored),
        unchecked=tuple(found.unchecked),
        objects=found.objects,
        looked_at={layer: began for layer in layers if not any(one.layer == layer for one in found.unchecked)},
    )


def _kept_author(finding: Finding, before: DriftReport | None) -> Finding:
    """Keep the author that was found when the difference was new: logs are rotated, and others may write later."""
    former = next((one for one in before.findings if one.key == finding.key), None) if before else None
    return finding.model_copy(update={"author": former.author}) if former and former.author else finding
