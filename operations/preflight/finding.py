"""What a look at the hosts found: one line for each host and subject, in the same words for people and for programs."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Finding(_Model):
    """One subject of one host."""

    host: str
    check: str
    status: Status
    detail: str
    """What is there, and where it is in the way also what was expected and what to do."""


class Report(_Model):
    """All findings, host by host in the order of the file."""

    environment: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing is in the way; warnings are not."""
        return not self.errors

    @property
    def errors(self) -> list[Finding]:
        """What is in the way."""
        return [finding for finding in self.findings if finding.status is Status.ERROR]
