"""Where the time of an update went: the chain of resources that each waited for the one before.

It deliberately reads what anybody can: durations that the CLI printed, and times that the engine wrote to its state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CREATED = re.compile(r"^ \+ +(?P<type>\S+) (?P<name>\S+) created \((?P<seconds>[\d.]+)s\)", re.MULTILINE)


@dataclass(frozen=True)
class Span:
    """When the engine worked on one resource, in seconds since it began."""

    name: str
    kind: str
    start: float
    seconds: float

    @property
    def end(self) -> float:
        """When it was done."""
        return self.start + self.seconds


@dataclass(frozen=True)
class Link:
    """One resource on the critical path."""

    span: Span
    waited: float
    """Seconds between the end of what it depended on and its own start."""


def spans(log: str, recorded: list[dict[str, Any]]) -> dict[str, Span]:
    """Return URN -> span of every resource that was made.

    Args:
        log: What the CLI printed.
        recorded: The resources of the state.
    """
    seconds = {(_short(match["type"]), match["name"]): float(match["seconds"]) for match in CREATED.finditer(log)}
    made = {entry["urn"]: entry for entry in recorded if entry.get("custom") and entry.get("created")}
    if not made:
        return {}
    ends = {urn: datetime.fromisoformat(entry["created"]).timestamp() for urn, entry in made.items()}
    took = {urn: seconds.get((_short(entry["type"]), urn.rpartition("::")[2]), 0.0) for urn, entry in made.items()}
    origin = min(ends[urn] - took[urn] for urn in made)
    return {
        urn: Span(urn.rpartition("::")[2], entry["type"], round(ends[urn] - took[urn] - origin, 1), took[urn])
        for urn, entry in made.items()
    }


def critical_path(found: dict[str, Span], recorded: list[dict[str, Any]]) -> list[Link]:
    """Return the chain that ends with the resource that was finished last, first link first."""
    entries = {entry["urn"]: entry for entry in recorded}
    needs = {urn: _needs(urn, entries) & found.keys() for urn in found}
    urn = max(found, key=lambda key: found[key].end, default=None)
    path: list[Link] = []
    while urn is not None:
        before = max(needs[urn], key=lambda key: found[key].end, default=None)
        since = found[before].end if before else 0.0
        path.append(Link(found[urn], round(found[urn].start - since, 1)))
        urn = before
    return path[::-1]


def _needs(urn: str, entries: dict[str, dict[str, Any]]) -> set[str]:
    """Return what a resource waits for; what its component depends on is recorded with the component alone."""
    entry = entries[urn]
    by_property = entry.get("propertyDependencies") or {}
    provider = (entry.get("provider") or "").rpartition("::")[0]
    own = {*(entry.get("dependencies") or ()), *(urn for urns in by_property.values() for urn in urns or ()), provider}
    parent = entry.get("parent")
    return own | _needs(parent, entries) if parent in entries else own


def _short(kind: str) -> str:
    return kind.rpartition(":")[2]
