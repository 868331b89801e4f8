"""One difference between recorded and actual, and who made it: plain values for a table, JSON, HTML and metrics.

It deliberately holds no secret: whoever makes a finding has masked its values.
"""

from __future__ import annotations

import builtins
from datetime import datetime  # noqa: TC003 - pydantic reads the annotation at run time
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

LAYERS = ("machines", "hosts", "kubernetes")
"""Lower layers first."""
SECRET = "[secret]"  # noqa: S105 - stands in place of one


class DriftModel(BaseModel):
    """Keys in camelCase; nothing is changed once it is made."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Change(StrEnum):
    """What became of something."""

    CHANGED = "changed"
    MISSING = "missing"
    """It is recorded and not there."""
    UNRECORDED = "unrecorded"
    """It is there and nobody recorded it."""


class Author(DriftModel):
    """Who made a difference, as far as the world has written it down."""

    name: str
    """The user as the API server, the host or the engine knows them; several are joined with ' or '."""
    via: str
    """With what: a program, a key, a socket."""
    at: datetime | None = None
    source: str
    """`audit log`, `managed fields`, `auth log`, `package log`, `container engine` or `CloudTrail`."""


class Finding(DriftModel):
    """One property of one resource."""

    layer: str
    kind: str
    """Such as `Container`, `Host` or `Deployment`."""
    resource: str
    """Name; of a Kubernetes object with its namespace in front."""
    property: str
    change: Change
    was: str = ""
    now: str = ""
    """Called `is` in JSON, which is no name in Python."""
    author: Author | None = None
    urn: str = ""
    """The recorded resource that an update restores it with; empty where nothing does."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=lambda name: {"now": "is"}.get(name, to_camel(name)),
        populate_by_name=True,
        extra="ignore",
    )

    @builtins.property  # `property` is one of the fields
    def key(self) -> str:
        """Tells a finding from others, and stays the same as long as the difference is the same."""
        return f"{self.layer}|{self.kind}|{self.resource}|{self.property}|{self.now}"


class Unchecked(DriftModel):
    """A part that could not be looked at."""

    layer: str
    what: str
    why: str


class Ignored(DriftModel):
    """A finding that an entry of the ignore file covers."""

    finding: Finding
    reason: str
    until: str


class DriftReport(DriftModel):
    """One run."""

    environment: str
    checked_at: datetime
    seconds: float
    layers: tuple[str, ...]
    """Those that were asked for."""
    findings: tuple[Finding, ...]
    new: tuple[str, ...] = ()
    """Keys of the findings that the run before did not have."""
    ignored: tuple[Ignored, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    objects: int = 0
    """How many things were compared."""
    looked_at: dict[str, datetime] = Field(default_factory=dict)
    """When each layer was looked at last without anything hidden; begins before the look."""


def by_layer(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings with lower layers first, by resource and property within one."""
    return tuple(sorted(findings, key=lambda one: (LAYERS.index(one.layer), one.kind, one.resource, one.property)))
