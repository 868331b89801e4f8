"""What one probe found, before anybody asks whether another failure explains it.

It deliberately holds no time and no layer: those are the same for all kinds and belong to the report.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The answer of a probe."""

    healthy: bool
    detail: str
    """One line: the measured values when healthy, else what was expected and what was found."""
    reachable: bool = True
    """False when the other side did not answer at all, which may explain failures of what runs on it."""
