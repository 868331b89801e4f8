"""What the state records in AWS, as plain values: its resources, and through which provider each was made.

It is pure. Secrets stay encrypted: nothing here needs to know one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from operations.stack_state import Recorded

PREFIX = "slipway:aws:"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
REFERENCES = ("parent", "provider", "deletedWith")
"""Keys that hold one URN; a provider's has its id behind it."""


@dataclass(frozen=True)
class CloudResource:
    """One resource of AWS."""

    urn: str
    kind: str
    """`SecurityGroup`."""
    id: str
    provider: str
    """URN of its provider."""
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    modified_at: datetime = LONG_AGO
    """When the state wrote it last."""
    dependencies: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name at AWS, else the one in the program."""
        return str(self.inputs.get("name") or self.urn.rpartition("::")[2])


@dataclass(frozen=True)
class RecordedPart:
    """All of them."""

    deployment: dict[str, Any] = field(repr=False)
    """What `pulumi stack import` takes, with AWS's resources alone, their providers, and the components they are in."""
    resources: tuple[CloudResource, ...]
    providers: dict[str, dict[str, Any]] = field(repr=False)
    """URN -> inputs."""

    def of_kind(self, *kinds: str) -> list[CloudResource]:
        """Return the resources of some kinds."""
        return [item for item in self.resources if item.kind in kinds]


def recorded_part(exported: str) -> RecordedPart:
    """Read the output of `pulumi stack export`."""
    document = json.loads(exported)
    deployment: dict[str, Any] = document.get("deployment") or {}
    # What a replacement has left to be deleted has the URN of its successor.
    entries = {item["urn"]: item for item in deployment.get("resources") or () if not item.get("delete")}
    own = [item for item in entries.values() if item["type"].startswith(PREFIX) and item.get("id")]
    kept = {urn: item for urn, item in entries.items() if urn in _needed(own, entries)}
    document["deployment"] = {
        **{key: value for key, value in deployment.items() if key != "pending_operations"},
        "resources": [_detached(item, kept) for item in kept.values()],
    }
    providers = {_provider(item): kept[_provider(item)].get("inputs") or {} for item in own}
    return RecordedPart(document, tuple(_resource(item) for item in own), providers)


def dependent_on(urns: Collection[str], resources: Sequence[Recorded]) -> set[str]:
    """Return what else of AWS is made of what these are, and of what that is: it names them by ids that are new."""
    found = set(urns)
    while (
        more := {item.urn for item in resources if item.type.startswith(PREFIX) and item.dependencies & found} - found
    ):
        found |= more
    return found - set(urns)


def _needed(own: list[dict[str, Any]], entries: dict[str, dict[str, Any]]) -> set[str]:
    needed: set[str] = set()
    waiting = [item["urn"] for item in own]
    while waiting:
        urn = waiting.pop()
        if urn in needed or urn not in entries:
            continue
        needed.add(urn)
        waiting += [entries[urn].get("parent", ""), _provider(entries[urn])]
    return needed


def _provider(item: dict[str, Any]) -> str:
    return str(item.get("provider", "")).rpartition("::")[0]


def _detached(item: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without its ties to what is not kept."""
    found = {
        key: value
        for key, value in item.items()
        if key not in REFERENCES or value in kept or (key == "provider" and _provider(item) in kept)
    }
    found["dependencies"] = [urn for urn in item.get("dependencies") or () if urn in kept]
    found["propertyDependencies"] = {
        key: [urn for urn in urns or () if urn in kept]
        for key, urns in (item.get("propertyDependencies") or {}).items()
    }
    return found


def _resource(item: dict[str, Any]) -> CloudResource:
    by_property = item.get("propertyDependencies") or {}
    urns = {*(item.get("dependencies") or ()), *(urn for urns in by_property.values() for urn in urns or ())}
    return CloudResource(
        urn=item["urn"],
        kind=item["type"].removeprefix(PREFIX),
        id=item["id"],
        provider=_provider(item),
        inputs=item.get("inputs") or {},
        outputs=item.get("outputs") or {},
        modified_at=_moment(item.get("modified")),
        dependencies=frozenset(urns),
    )


def _moment(text: str | None) -> datetime:
    """Read a time of Go's, which has nanoseconds."""
    return datetime.fromisoformat(f"{text[:19]}+00:00") if text else LONG_AGO
