"""Puts objects of the cluster and nodes back: recorded values by server-side apply, additions by patches.

It deliberately leaves objects that are gone to Pulumi. What no program asked for is removed by patches, since an apply
does not touch fields of others; a patch holds the version that was looked at, so nothing newer is overwritten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change
from operations.drift.kubernetes.managed_fields import step
from operations.drift.kubernetes.object_diff import ABSENT
from operations.drift.kubernetes.paths import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from operations.drift.kubernetes.cluster import Cluster, Key
    from operations.drift.kubernetes.paths import Path
    from operations.drift.resource import Resource

AGENT = {"User-Agent": "slipway-drift"}
TRIES = 5
CONFLICT = 409
JSON_PATCH = {**AGENT, "Content-Type": "application/json-patch+json"}


@dataclass(frozen=True)
class Removal:
    """Something to take away: a part of an object, or with an empty path the object itself."""

    key: Key
    path: Path = ()
    default: Any = ABSENT
    """What the API server had put there, where no program asked for a value: set again instead of removed."""


def pointer(live: dict[str, Any], path: Path) -> str | None:
    """Return a path as a JSON pointer (RFC 6901) into this very object; None when there is nothing."""
    value: Any = live
    parts = []
    for segment in path:
        found = step(value, segment)
        if found is None:
            return None
        name = str(value.index(found)) if isinstance(value, list) else str(segment)
        parts.append(name.replace("~", "~0").replace("/", "~1"))
        value = found
    return "".join(f"/{part}" for part in parts)


def removal_patch(
    live: dict[str, Any], paths: Sequence[Path], defaults: Sequence[tuple[Path, Any]] = ()
) -> list[dict[str, Any]]:
    """Return the JSON patch that takes parts away, of a list the last first, so that the others keep their place."""
    pointers = sorted({found for path in paths if (found := pointer(live, path))}, key=_order, reverse=True)
    version = {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}
    again = [
        {"op": "replace", "path": found, "value": value} for path, value in defaults if (found := pointer(live, path))
    ]
    removed = [{"op": "remove", "path": found} for found in pointers]
    return [version, *again, *removed] if again or removed else []


def _order(found: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in found.split("/")]


async def reapply(
    http: httpx.AsyncClient, cluster: Cluster, key: Key, resource: Resource, *, tell: Callable[[str], None]
) -> None:
    """Give an object the values that the program asked for, in the name of the resource's own field manager.

    With force, since whoever changed a value owns it now. What the state records was true before and is true again, so
    no refresh is needed, which would take the change over into the state first.

    Raises:
        httpx.HTTPStatusError: The API server refused.
    """
    manager = resource.outputs.get("__fieldManager") or "pulumi-kubernetes"
    own = {name: resource.outputs[name] for name in ("apiVersion", "kind")}
    answer = await http.patch(
        _path(cluster, key),
        params={"fieldManager": manager, "force": "true"},
        content=json.dumps({**resource.inputs, **own}),
        headers={**AGENT, "Content-Type": "application/apply-patch+yaml"},
    )
    answer.raise_for_status()
    tell(f"{_name(key)}: applied again as recorded")


async def remove(
    http: httpx.AsyncClient, cluster: Cluster, removals: Sequence[Removal], *, tell: Callable[[str], None]
) -> None:
    """Take everything away.

    Raises:
        httpx.HTTPStatusError: The API server refused, as when an object has changed meanwhile.
    """
    parts: dict[Key, list[Removal]] = {}
    for removal in removals:
        if removal.path:
            parts.setdefault(removal.key, []).append(removal)
            done = "removed" if removal.default is ABSENT else "default again:"
            tell(f"{_name(removal.key)}: {done} {shown(removal.path)}")
        else:
            tell(f"{_name(removal.key)}: deleted")
            answer = await http.delete(_path(cluster, removal.key), headers=AGENT)
            if answer.status_code != 404:  # noqa: PLR2004 - gone is what was wanted
                answer.raise_for_status()
    for key, own in parts.items():
        paths = [one.path for one in own if one.default is ABSENT]
        defaults = [(one.path, one.default) for one in own if one.default is not ABSENT]
        if patch := removal_patch(cluster.objects[key], paths, defaults):
            answer = await http.patch(_path(cluster, key), json=patch, headers=JSON_PATCH)
            answer.raise_for_status()


def node_patch(node: dict[str, Any], found: Sequence[tuple[str, Change, str]]) -> dict[str, Any]:
    """Return the merge patch that brings a node back.

    Args:
        node: The live object.
        found: `(property, change, was)` of every finding about it.
    """
    patch: dict[str, Any] = {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]}, "spec": {}}
    taints = {f"{taint['key']}:{taint['effect']}": taint for taint in node["spec"].get("taints") or ()}
    for what, change, was in found:
        kind, _, name = what.partition(" ")
        if kind == "label":
            patch["metadata"].setdefault("labels", {})[name] = None if change is Change.UNRECORDED else was
        elif kind == "taint":
            taints.pop(name, None)
            if change is not Change.UNRECORDED:
                taints[name] = _taint(was)
            patch["spec"]["taints"] = list(taints.values())
        elif kind == "unschedulable":
            patch["spec"]["unschedulable"] = None
            taints.pop("node.kubernetes.io/unschedulable:NoSchedule", None)
    return patch


async def restore_node(http: httpx.AsyncClient, name: str, found: Sequence[tuple[str, Change, str]]) -> None:
    """Bring a node back; its kubelet writes it all the time, so it is read and patched until nobody came between.

    Raises:
        httpx.HTTPStatusError: The API server refused.
    """
    headers = {**AGENT, "Content-Type": "application/merge-patch+json"}
    for attempt in range(TRIES):
        node = (await http.get(f"/api/v1/nodes/{name}")).raise_for_status().json()
        answer = await http.patch(f"/api/v1/nodes/{name}", json=node_patch(node, found), headers=headers)
        if answer.status_code != CONFLICT or attempt == TRIES - 1:
            answer.raise_for_status()
            return


def _taint(text: str) -> dict[str, str]:
    head, _, effect = text.rpartition(":")
    key, _, value = head.partition("=")
    return {"key": key, "value": value, "effect": effect} if value else {"key": key, "effect": effect}


def _path(cluster: Cluster, key: Key) -> str:
    group, kind, namespace, name = key
    known = cluster.kinds[group, kind]
    root = f"/{'apis' if known.group else 'api'}/{known.api_version}"
    return f"{root}/namespaces/{namespace}/{known.plural}/{name}" if namespace else f"{root}/{known.plural}/{name}"


def _name(key: Key) -> str:
    _, kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
