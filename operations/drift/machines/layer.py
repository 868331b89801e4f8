"""The machines layer: recorded containers, networks and volumes, and those nobody recorded, as the engine has them.

It deliberately inspects every container of the environment, and nothing that belongs to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change, Finding
from operations.drift.machines import engine_history
from operations.drift.machines.container import actual_properties, property_differences, recorded_properties
from operations.interrupted import ENGINE_KINDS
from toolchain import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

    from operations.drift.recorded import RecordedState
    from operations.drift.resource import Resource

LAYER = "machines"
EMULATED_LABEL = "io.slipway.emulated"
"""See toolchain/emulator/settings.py."""
NAMES = {"container": "Container", "network": "Network", "volume": "Volume"}


def is_of_engine(finding: Finding) -> bool:
    """Say whether a finding is about something in the container engine, and not about a machine elsewhere."""
    return finding.layer == LAYER and finding.kind in NAMES.values()


def read(client: DockerClient, state: RecordedState, environment: str) -> tuple[list[Finding], int]:
    """Compare; returns the findings, with their authors, and how many things were compared.

    Raises:
        docker.errors.DockerException: The engine does not answer.
    """
    seen = _Seen(client, environment)
    recorded = [item for item in state.resources if item.type in ENGINE_KINDS and item.id]
    found = [*_differences(recorded, seen), *_unrecorded(recorded, seen)]
    if found:
        events, people = engine_history.read_events(client), engine_history.who_may()
        found = [_signed(finding, events, people, state) for finding in found]
    return found, len(recorded)


class _Seen:
    """What the engine has."""

    def __init__(self, client: DockerClient, environment: str) -> None:
        api = client.api
        label = {"label": f"{labels.ENVIRONMENT}={environment}"}
        self.containers: dict[str, dict[str, Any]] = {entry["Id"]: entry for entry in api.containers(all=True)}
        self.networks: dict[str, dict[str, Any]] = {entry["Id"]: entry for entry in api.networks()}
        self.volumes: dict[str, dict[str, Any]] = {entry["Name"]: entry for entry in api.volumes().get("Volumes") or ()}
        self.own = {
            "container": {
                entry["Id"]: entry["Names"][0].lstrip("/")
                for entry in api.containers(all=True, filters=label)
                if not _is_emulated(entry)
            },
            "network": {entry["Id"]: entry["Name"] for entry in api.networks(filters=label) if not _is_emulated(entry)},
            "volume": {entry["Name"]: entry["Name"] for entry in api.volumes(filters=label).get("Volumes") or ()},
        }
        self.inspect_container = api.inspect_container
        self.inspect_network = api.inspect_network

    def present(self, kind: str, identifier: str) -> bool:
        """Say whether a thing is there."""
        return identifier in {"container": self.containers, "network": self.networks, "volume": self.volumes}[kind]


def _is_emulated(entry: dict[str, Any]) -> bool:
    """Say whether it is part of an emulated cloud: to this program it is in that cloud, whatever it is made of."""
    return EMULATED_LABEL in (entry.get("Labels") or {})


def _differences(recorded: list[Resource], seen: _Seen) -> Iterator[Finding]:
    for resource in recorded:
        kind = ENGINE_KINDS[resource.type]
        name = str(resource.inputs.get("name") or resource.name)
        if not seen.present(kind, resource.id):
            yield _finding(kind, name, "object", Change.MISSING, "present", "", resource.urn)
        elif kind == "container":
            yield from _container(name, resource, seen.inspect_container(resource.id))
        elif kind == "network":
            yield from _network(name, resource, seen.inspect_network(resource.id), recorded)


def _container(name: str, resource: Resource, live: dict[str, Any]) -> Iterator[Finding]:
    differing = property_differences(recorded_properties(resource.inputs), actual_properties(live))
    for what, was, now in differing:
        change = Change.UNRECORDED if not was else Change.MISSING if not now else Change.CHANGED
        yield _finding("container", name, what, change, was, now, resource.urn)


def _network(name: str, resource: Resource, live: dict[str, Any], recorded: list[Resource]) -> Iterator[Finding]:
    """Find containers that somebody connected; those that are recorded tell of their networks themselves."""
    known = {item.id for item in recorded}
    for identifier, attached in sorted((live.get("Containers") or {}).items(), key=lambda entry: entry[1]["Name"]):
        if identifier not in known:
            what = f"member {attached['Name']}"
            yield _finding("network", name, what, Change.UNRECORDED, "", attached.get("IPv4Address", ""), resource.urn)


def _unrecorded(recorded: list[Resource], seen: _Seen) -> Iterator[Finding]:
    known = {item.id for item in recorded}
    for kind, things in seen.own.items():
        for identifier, name in sorted(things.items(), key=lambda entry: entry[1]):
            if identifier not in known:
                yield _finding(kind, name, "object", Change.UNRECORDED, "", "present", "")


def _finding(  # noqa: PLR0917 - the columns of the table, in their order
    kind: str, name: str, what: str, change: Change, was: str, now: str, urn: str
) -> Finding:
    return Finding(
        layer=LAYER, kind=NAMES[kind], resource=name, property=what, change=change, was=was, now=now, urn=urn
    )


def _signed(finding: Finding, events: list[dict[str, Any]], people: str, state: RecordedState) -> Finding:
    identifiers = [finding.resource, *(item.id for item in state.resources if item.urn == finding.urn and item.id)]
    what = finding.property
    if finding.property == "object":
        what = "missing" if finding.change is Change.MISSING else "made"
    if finding.property.startswith("member "):
        what = "network"
    author = engine_history.author(identifiers, what, events, people=people)
    return finding.model_copy(update={"author": author})
