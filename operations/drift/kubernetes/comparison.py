"""Recorded objects, nodes, and what nobody recorded, compared with what a cluster holds.

It is pure: who reads the cluster and who asks for authors are others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change, Finding, Unchecked
from operations.drift.kubernetes import audit
from operations.drift.kubernetes.cluster import Cluster, Key, key_of
from operations.drift.kubernetes.controllers import Controllers
from operations.drift.kubernetes.foreign import NODE, OF_EVERY_CLUSTER, foreign_objects
from operations.drift.kubernetes.managed_fields import all_owners
from operations.drift.kubernetes.nodes import node_differences
from operations.drift.kubernetes.object_diff import ABSENT, Difference, differences
from operations.drift.kubernetes.paths import shown
from operations.drift.values import masked, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operations.drift.kubernetes.managed_fields import Owner
    from operations.drift.kubernetes.paths import Path
    from operations.drift.resource import Resource

LAYER = "kubernetes"
PREFIX = "kubernetes:"
WORKLOADS = frozenset({"DaemonSet", "Deployment", "StatefulSet"})


@dataclass(frozen=True)
class Suspect:
    """A finding, and what its author is told by."""

    finding: Finding
    key: Key
    target: audit.Target
    owners: tuple[Owner, ...] = ()
    event: str = audit.CHANGED
    others: tuple[Owner, ...] = ()
    """All owners of the object's fields."""
    path: Path = ()
    """Of the property in the live object; empty for an object as a whole."""


@dataclass(frozen=True)
class Compared:
    """What came of comparing a state with a cluster."""

    suspects: list[Suspect]
    cluster: Cluster
    unchecked: tuple[Unchecked, ...] = ()
    """Recorded kinds that may not be listed."""


def recorded_objects(resources: Iterable[Resource]) -> dict[Key, Resource]:
    """Return the recorded objects by what tells them apart; Patch resources own no object and are left out."""
    found = {}
    for resource in resources:
        if (
            resource.type.startswith(PREFIX)
            and resource.outputs.get("metadata")
            and not resource.type.endswith("Patch")
        ):
            found[key_of(resource.outputs)] = resource
    return found


def compare(recorded: dict[Key, Resource], cluster: Cluster, machines: Iterable[dict[str, Any]]) -> Compared:
    """Compare.

    Args:
        recorded: The recorded objects.
        cluster: What the cluster holds.
        machines: All machines, in the shape of the output `nodes`.
    """
    controllers = Controllers(_programs(recorded.values()))
    visible = {key: resource for key, resource in recorded.items() if key[:2] not in cluster.refused}
    suspects = [*_recorded(visible, cluster, controllers), *_unrecorded(recorded, cluster, controllers)]
    nodes = {machine["name"]: machine for machine in machines if "load-balancer" not in machine["roles"]}
    if NODE not in cluster.refused:
        suspects += _nodes(cluster, nodes, controllers)
    hidden = sorted({key[1] for key in recorded.keys() - visible.keys()})
    unchecked = tuple(Unchecked(layer=LAYER, what=kind, why="may not be listed") for kind in hidden)
    return Compared(suspects, cluster, unchecked)


def _recorded(recorded: dict[Key, Resource], cluster: Cluster, controllers: Controllers) -> list[Suspect]:
    found = []
    for key, resource in recorded.items():
        live = cluster.objects.get(key)
        target = _target(key, cluster)
        if live is None:
            finding = _finding(key, "object", Change.MISSING, "present", "", resource.urn)
            found.append(Suspect(finding, key, target, event=audit.DELETED))
            continue
        # One that was made anew is told as that: its new owner owns every field of it.
        if live["metadata"].get("uid") != resource.outputs["metadata"].get("uid"):
            finding = _finding(key, "metadata.uid", Change.CHANGED, "as recorded", "made anew", resource.urn)
            found.append(Suspect(finding, key, target, event=audit.CREATED, others=tuple(all_owners(live))))
        for one in differences(_without_own_keys(resource.outputs), live, resource.inputs, controllers):
            others = tuple(all_owners(live))
            found.append(replace(_changed(key, one, target, resource.urn), others=others))
    return found


def _unrecorded(recorded: dict[Key, Resource], cluster: Cluster, controllers: Controllers) -> list[Suspect]:
    namespaces = {key[2] for key in recorded} | {key[3] for key in recorded if key[1] == "Namespace"} | OF_EVERY_CLUSTER
    found = []
    for one in foreign_objects(cluster.objects, recorded, namespaces, controllers):
        target = _target(one.key, cluster)
        if one.differences:
            found += [_changed(one.key, difference, target, "") for difference in one.differences]
        else:
            told = value_text(masked(one.key[1], (), _essence(one.live)))
            finding = _finding(one.key, "object", Change.UNRECORDED, "", told, "")
            found.append(Suspect(finding, one.key, target, one.owners))
    return found


def _nodes(cluster: Cluster, machines: dict[str, dict[str, Any]], controllers: Controllers) -> list[Suspect]:
    nodes = {key[3]: live for key, live in cluster.objects.items() if key[1] == "Node"}
    found = []
    for one in node_differences(machines, nodes, controllers):
        key = ("", "Node", "", one.node)
        finding = _finding(key, one.property, one.change, value_text(one.was), value_text(one.now), "")
        gone = one.change is Change.MISSING and one.property == "node"
        found.append(
            Suspect(
                finding,
                key,
                _target(key, cluster),
                one.owners,
                event=audit.DELETED if gone else audit.CHANGED,
                others=tuple(all_owners(nodes[one.node])) if one.node in nodes else (),
            )
        )
    return found


def _changed(key: Key, one: Difference, target: audit.Target, urn: str) -> Suspect:
    change = Change.UNRECORDED if one.was is ABSENT else Change.MISSING if one.now is ABSENT else Change.CHANGED
    was, now = (value_text(masked(key[1], one.path, value)) for value in (one.was, one.now))
    return Suspect(_finding(key, shown(one.path), change, was, now, urn), key, target, one.owners, path=one.path)


def _finding(  # noqa: PLR0917 - the columns of the table, in their order
    key: Key, what: str, change: Change, was: str, now: str, urn: str
) -> Finding:
    _, kind, namespace, name = key
    resource = f"{namespace}/{name}" if namespace else name
    return Finding(layer=LAYER, kind=kind, resource=resource, property=what, change=change, was=was, now=now, urn=urn)


def _target(key: Key, cluster: Cluster) -> audit.Target:
    group, kind, namespace, name = key
    known = cluster.kinds.get((group, kind))
    return group, known.plural if known else f"{kind.lower()}s", namespace, name


def _essence(live: dict[str, Any]) -> dict[str, Any]:
    """Return what an unrecorded object is about: neither what names it, nor what the API server added."""
    return {key: value for key, value in live.items() if key not in ("apiVersion", "kind", "metadata", "status")}


def _without_own_keys(outputs: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the provider keeps for itself in the outputs."""
    return {key: value for key, value in outputs.items() if not key.startswith("__")}


def _programs(recorded: Iterable[Resource]) -> frozenset[str]:
    """Return the names of the programs that recorded workloads run, which are the names of their field managers."""
    names = set()
    for resource in recorded:
        if resource.outputs.get("kind") in WORKLOADS:
            template = resource.outputs["spec"]["template"]["spec"]
            for container in template.get("containers", ()):
                image = container.get("image", "").partition("@")[0].rpartition("/")[2]
                names.add(image.partition(":")[0])
                names.add(container["name"])
    return frozenset(names)
