"""What the last drift run found, from the file that it leaves.

It deliberately reads the file alone, so that a page can be made without a drift run, and says so when there was none.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from operations.session import Session


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Author(_Model):
    """Who made a difference."""

    name: str
    via: str = ""


class Finding(_Model):
    """One property that differs."""

    layer: str
    kind: str
    resource: str
    property: str
    change: str
    was: str = ""
    now: str = Field(default="", alias="is")
    author: Author | None = None


class DriftSummary(_Model):
    """The last run."""

    checked_at: datetime
    findings: tuple[Finding, ...]


def drift_summary(session: Session) -> DriftSummary | None:
    """Return what the last drift run found; None when there was none, or its file is of another version."""
    try:
        return DriftSummary.model_validate_json((session.directory / "drift" / "latest.json").read_bytes())
    except (OSError, ValidationError):
        return None
