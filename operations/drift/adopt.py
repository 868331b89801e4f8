"""`slipway drift --adopt`: the change to the environment's file, the program or a role that would keep what was found.

It deliberately writes no file: what becomes part of the program is for people to read and to commit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.drift.cloud import adoption
from operations.drift.finding import Change, Finding
from operations.drift.machines.layer import is_of_engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operations.drift.recorded import RecordedState

SIZES = {"memory": "memoryMib", "cpus": "cpu"}
SERVICES = frozenset({"api", "frontend"})
ROLES = Path("playbooks/roles")


def advice(
    findings: Sequence[Finding], state: RecordedState, settings: dict[str, Any], root: Path, environment: str
) -> Iterator[str]:
    """Yield one text for each finding.

    Args:
        findings: What was found.
        state: What is recorded, with the places in the program that declared it.
        settings: The keys of the environment's file, without `slipway:`.
        root: The checkout.
        environment: Its name.
    """
    for finding in findings:
        where = f"{finding.kind} {finding.resource}: {finding.property}"
        key = _environment_key(finding, state, settings)
        if key:
            yield f"{where}\n  environments/Pulumi.{environment}.yaml: slipway:{key}"
        else:
            yield f"{where}\n  {_in_program(finding, state, root)}"


def _environment_key(finding: Finding, state: RecordedState, settings: dict[str, Any]) -> str | None:
    """Return the key and its new value, where the environment's file decides on it."""
    if finding.kind == "Container" and finding.property in SIZES:
        machine = _machine(finding, state)
        return f"{_size_key(machine, settings)}.{SIZES[finding.property]}: {finding.now}" if machine else None
    if finding.kind == "Node" and finding.property.startswith(("label ", "taint ")):
        return _node_key(finding, state, settings)
    if key := adoption.environment_key(finding, state, settings):
        return key
    name = finding.resource.rpartition("/")[2]
    if finding.kind == "Deployment" and finding.property == "spec.replicas" and name in SERVICES:
        return f"{name}.replicas: {finding.now}"
    return None


def _machine(finding: Finding, state: RecordedState) -> dict[str, Any] | None:
    """Return the machine that a container or a node is."""
    container = next((item for item in state.resources if item.urn == finding.urn), None)
    name = container.inputs.get("hostname") if container else finding.resource
    return next((machine for machine in state.outputs.get("nodes") or () if machine["name"] == name), None)


def _size_key(machine: dict[str, Any], settings: dict[str, Any]) -> str:
    if "worker" not in machine["roles"]:
        return "controlPlane" if "control-plane" in machine["roles"] else "loadBalancer"
    return f"pools[{_pool_index(machine, settings)}]"


def _pool_index(machine: dict[str, Any], settings: dict[str, Any]) -> int:
    names = [pool.get("name") for pool in settings.get("pools") or ()]
    return names.index(machine["pool"]) if machine["pool"] in names else 0


def _node_key(finding: Finding, state: RecordedState, settings: dict[str, Any]) -> str | None:
    machine = _machine(finding, state)
    kind, _, name = finding.property.partition(" ")
    if machine is None or "worker" not in machine["roles"] or name == "slipway.io/pool":
        return None
    pool = f"pools[{_pool_index(machine, settings)}]"
    whole = f"  # for all machines of the pool '{machine['pool']}'"
    if kind == "label":
        if finding.change is Change.MISSING:
            return f"{pool}.labels: without {name}{whole}"
        return f"{pool}.labels: {{{name}: {finding.now!r}}}{whole}"
    verb = f"without {finding.was}" if finding.change is Change.MISSING else f"with {finding.now}"
    return f"{pool}.taints: {verb}{whole}"


def _in_program(finding: Finding, state: RecordedState, root: Path) -> str:
    if finding.layer == "hosts":
        return _in_roles(finding, root)
    resource = next((item for item in state.resources if item.urn == finding.urn), None)
    if resource is None:
        return _unrecorded(finding)
    places = " < ".join(place.replace("#", " line ") for place in resource.made_at) or "the program"
    if finding.property == "object":
        return f"{places}: take '{resource.name}' ({resource.type}) out, and anything that needs it"
    wanted = f"= {finding.now}" if finding.now else "removed"
    return f"{places}: '{resource.name}' ({resource.type}) with {finding.property} {wanted}"


def _unrecorded(finding: Finding) -> str:
    if is_of_engine(finding):
        return (
            f"declare a {finding.kind} '{finding.resource}' in stacks/foundation.py and import it with `pulumi import`"
        )
    if finding.layer == "machines":
        return adoption.unrecorded(finding)
    if finding.kind == "Node":
        return "it follows from the machines of the environment; there is no key for this"
    if finding.property != "object":
        return "the object is made by Kubernetes itself and is not part of the program; declare a Patch resource for it"
    name = finding.resource.rpartition("/")[2]
    command = f"pulumi import <type token> {name} {finding.resource}"
    return f"declare the {finding.kind} in stacks/ or components/, then: {command}"


def _in_roles(finding: Finding, root: Path) -> str:
    """Find the role that speaks of a file, unit or setting."""
    name = finding.property.partition(" ")[2].removesuffix(" configuration") or finding.property
    roles = root / ROLES
    files = sorted(path for path in roles.rglob("*") if path.is_file() and _speaks_of(path, name))
    found = ", ".join(str(path.relative_to(root)) for path in files[:3])
    if not found:
        return f"no role speaks of it; add it to one in {ROLES}, with the value: {finding.now or 'absent'}"
    return f"{found}: {name} with the value: {finding.now or 'absent'}"


def _speaks_of(path: Path, name: str) -> bool:
    try:
        return name in path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
