"""The history of an environment's health: one line a round, small enough to keep thousands.

It deliberately keeps details of what was wrong only; that something was healthy needs no words.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from typing import TYPE_CHECKING

from pydantic import ValidationError

from operations.health.report import Status
from operations.health.target import Contract
from operations.json_lines import JsonLines

if TYPE_CHECKING:
    from operations.health.report import HealthReport
    from operations.session import Session

MOST_ROUNDS = 3000


class PastCheck(Contract):
    """One check of a round."""

    layer: str
    name: str
    status: Status
    latency_ms: int
    detail: str | None = None
    """What was wrong; none when nothing was."""


class Round(Contract):
    """One round of checks."""

    checked_at: datetime
    score: int
    checks: tuple[PastCheck, ...]

    @property
    def healthy(self) -> bool:
        """Whether every check passed."""
        return all(check.status is Status.HEALTHY for check in self.checks)


def remember(session: Session, report: HealthReport) -> None:
    """Add a report to the history of its environment."""
    checks = tuple(
        PastCheck(
            layer=check.layer,
            name=check.name,
            status=check.status,
            latency_ms=check.latency_ms,
            detail=None if check.status is Status.HEALTHY else check.detail,
        )
        for check in report.checks
    )
    past = Round(checked_at=report.checked_at, score=report.score, checks=checks)
    _lines(session).append(past.model_dump(mode="json", by_alias=True, exclude_none=True))


def rounds_of(session: Session) -> list[Round]:
    """Return the history, oldest first; a line that this version does not know is passed over."""
    found = []
    for document in _lines(session).read():
        try:
            found.append(Round.model_validate(document))
        except ValidationError:
            continue
    return found


def _lines(session: Session) -> JsonLines:
    return JsonLines(session.directory / "health" / "history.jsonl", MOST_ROUNDS)
