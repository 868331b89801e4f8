"""Objects that nobody recorded: which of them are the machinery's own, and which somebody made or changed by hand.

It is pure.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.drift.kubernetes.controllers import Controllers
from operations.drift.kubernetes.managed_fields import Owner, all_owners
from operations.drift.kubernetes.object_diff import ABSENT, Difference, differences, value_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from operations.drift.kubernetes.cluster import Key
    from operations.drift.kubernetes.paths import Path

OF_EVERY_CLUSTER = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
NODE = ("", "Node")
JOIN_DESCRIPTION = base64.b64encode(b"slipway: join").decode()
"""As playbooks/roles/join/files/admit.py writes it."""


@dataclass(frozen=True)
class Foreign:
    """An object that is not recorded and not only the machinery's."""

    key: Key
    live: dict[str, Any]
    differences: tuple[Difference, ...]
    """What people changed of an object that the machinery made; empty where people made the object."""
    owners: tuple[Owner, ...]


def foreign_objects(
    objects: dict[Key, dict[str, Any]],
    recorded: Collection[Key],
    namespaces: Collection[str],
    controllers: Controllers,
) -> list[Foreign]:
    """Find them.

    Args:
        objects: Everything that the cluster holds.
        recorded: Keys of recorded objects.
        namespaces: The managed ones. Objects in others are not looked at; such a namespace is foreign as a whole.
        controllers: Whose objects do not count.
    """
    uids = {item["metadata"].get("uid") for item in objects.values()}
    accounts = _machinerys_accounts(objects)
    found = []
    for key, live in objects.items():
        group, kind, namespace, name = key
        if key in recorded or (group, kind) == NODE or (namespace and namespace not in namespaces):
            continue
        if (kind == "Namespace" and name in OF_EVERY_CLUSTER) or _is_owned(live, uids):
            continue
        if _is_slipways_token(live):
            continue
        of_machinery = kind == "ServiceAccount" and (namespace, name) in accounts
        one = _account(key, live) if of_machinery else _judged(key, live, controllers)
        if one:
            found.append(one)
    return found


def _is_owned(live: dict[str, Any], uids: set[str]) -> bool:
    """Say whether an object belongs to another one: the garbage collector takes it away with that one."""
    return any(owner.get("uid") in uids for owner in live["metadata"].get("ownerReferences") or ())


def _machinerys_accounts(objects: dict[Key, dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the service accounts that Kubernetes and kubeadm make: an account has no fields that could be owned."""
    accounts = {(key[3], "default") for key in objects if key[1] == "Namespace"}
    for key, live in objects.items():
        if key[1] in ("ClusterRoleBinding", "RoleBinding") and key[3].startswith(("system:controller:", "kubeadm:")):
            accounts |= {
                (subject.get("namespace", ""), subject["name"])
                for subject in live.get("subjects") or ()
                if subject["kind"] == "ServiceAccount"
            }
    return accounts


def _is_slipways_token(live: dict[str, Any]) -> bool:
    """Say whether an object is the token, valid for minutes, that the role `join` makes for nodes."""
    description = (live.get("data") or {}).get("description", "")
    return live.get("type") == "bootstrap.kubernetes.io/token" and description == JOIN_DESCRIPTION


def _account(key: Key, live: dict[str, Any]) -> Foreign | None:
    """Judge a service account of the machinery: it has no fields, so the API server never tracks who owns some."""
    empty = {name: value for name, value in live.items() if name in ("apiVersion", "kind")}
    metadata = {name: value for name, value in live["metadata"].items() if name not in ("labels", "annotations")}
    controllers = Controllers()
    parts = differences({**empty, "metadata": metadata}, live, live, controllers)
    return Foreign(key, live, tuple(parts), ()) if parts else None


def _judged(key: Key, live: dict[str, Any], controllers: Controllers) -> Foreign | None:
    everybody = all_owners(live)
    people = tuple(owner for owner in everybody if not controllers.wrote(owner, key[3]))
    if everybody and not people:
        return None
    machines = any(controllers.wrote(owner, key[3]) for owner in everybody)
    made = machines and not _made_by_people(live, people, controllers, key[3])
    changed = tuple(_changes(live, people)) if made else ()
    return Foreign(key, live, changed, people)


def _made_by_people(live: dict[str, Any], people: tuple[Owner, ...], controllers: Controllers, name: str) -> bool:
    """Say whether people wrote at the moment of creation and the machinery did not."""
    created = live["metadata"].get("creationTimestamp", "")
    first = [owner for owner in all_owners(live) if owner.time == created]
    if any(controllers.wrote(owner, name) and owner.subresource != "status" for owner in first):
        return False
    # An older entry of kubeadm or of a controller is gone once all its fields were taken over.
    return any(owner in people for owner in first)


def _changes(live: dict[str, Any], people: tuple[Owner, ...]) -> Iterator[Difference]:
    """Yield the fields that people own; what they were is not known, since nobody recorded the object."""
    for entry in live["metadata"].get("managedFields") or ():
        owner = next((one for one in people if _is_entry_of(entry, one)), None)
        if owner is None:
            continue
        for path in _owned_paths(entry.get("fieldsV1") or {}, ()):
            now = value_at(live, path)
            if now is not ABSENT:
                yield Difference(path, ABSENT, now, (owner,))


def _is_entry_of(entry: dict[str, Any], owner: Owner) -> bool:
    return (entry.get("manager"), entry.get("time"), entry.get("subresource", "")) == (
        owner.manager,
        owner.time,
        owner.subresource,
    )


def _owned_paths(tree: dict[str, Any], path: Path) -> Iterator[Path]:
    for key, child in tree.items():
        if key == ".":
            continue
        if key.startswith("f:"):
            below: Path = (*path, key[2:])
        elif key.startswith("k:"):
            below = (*path, tuple(json.loads(key[2:]).items()))
        else:
            yield path
            continue
        if child and set(child) != {"."}:
            yield from _owned_paths(child, below)
        else:
            yield below
