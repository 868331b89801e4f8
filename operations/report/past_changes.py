"""The last changes of an environment, from Pulumi's own history.

It deliberately reads no configuration of past updates: it may hold what is nobody's business on a page.
"""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations import pulumi_cli

if TYPE_CHECKING:
    from operations.session import Session

MOST = 15


class PastChange(BaseModel):
    """One update, refresh or destroy."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    kind: str
    start_time: datetime
    end_time: datetime | None = None
    """None while it is under way."""
    result: str = ""
    message: str = ""
    resource_changes: dict[str, int] = {}

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.end_time is None else (self.end_time - self.start_time).total_seconds()

    @property
    def summary(self) -> str:
        """What changed, in words."""
        changed = [f"{count} {kind}" for kind, count in sorted(self.resource_changes.items()) if kind != "same"]
        return ", ".join(changed) or "nothing"


def past_changes(session: Session) -> list[PastChange]:
    """Return the last changes, newest first; none where the backend keeps no history.

    Raises:
        PulumiFailedError: The CLI refused.
    """
    arguments = ("stack", "history", "--json", "--page-size", str(MOST), "--page", "1", "--stack", session.environment)
    said = pulumi_cli.capture(session, *arguments, private=True)
    return [PastChange.model_validate(entry) for entry in json.loads(said or "[]")]
