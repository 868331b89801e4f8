"""Which objects of a set of manifests must exist before which: namespaces, definitions, and what annotations say.

It knows the objects of one set only and asks no cluster.
Source: kubernetes-sigs/cli-utils pkg/object/graph/depends.go and pkg/object/dependson/strings.go.
"""

from __future__ import annotations

import graphlib
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.model.objects import annotation, describe, name_of, namespace_of, pluck
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.kubernetes.model.objects import KubeObject

_DEPENDS_ON: Final = "config.kubernetes.io/depends-on"
_CLUSTER_FIELDS: Final = 3
_NAMESPACED_FIELDS: Final = 5

Identity = tuple[str, str, str, str]
"""Group, kind, namespace ('' for objects of the cluster), name."""


def dependencies(objects: Sequence[KubeObject]) -> list[list[int]]:
    """Return for each object the indices of those that come before it; listed in an order that respects them.

    Raises:
        ResourceFailed: an annotation names no object of the set, or objects wait for each other.
    """
    index = {_identity(obj): number for number, obj in enumerate(objects)}
    found: list[list[int]] = []
    for number, obj in enumerate(objects):
        before = _named_by_annotation(obj, index)
        if namespace_of(obj) and ("", "Namespace", "", namespace_of(obj)) in index:
            before.append(index["", "Namespace", "", namespace_of(obj)])
        before += _definitions_of(obj, objects)
        found.append(sorted(set(before) - {number}))
    _refuse_cycles(objects, found)
    return found


def _identity(obj: KubeObject) -> Identity:
    kind = kind_of(obj)
    return kind.group, kind.kind, namespace_of(obj), name_of(obj)


def _definitions_of(obj: KubeObject, objects: Sequence[KubeObject]) -> list[int]:
    kind = kind_of(obj)
    if kind.built_in:
        return []
    return [
        number
        for number, other in enumerate(objects)
        if other.get("kind") == "CustomResourceDefinition"
        and pluck(other, "spec", "group") == kind.group
        and pluck(other, "spec", "names", "kind") == kind.kind
    ]


def _named_by_annotation(obj: KubeObject, index: dict[Identity, int]) -> list[int]:
    text = annotation(obj, _DEPENDS_ON)
    found = []
    for reference in (text or "").split(","):
        if not reference.strip():
            continue
        identity = _parse(reference.strip(), obj)
        if identity not in index:
            raise ResourceFailed(
                f"{describe(obj)}: the annotation {_DEPENDS_ON} names {reference.strip()!r}, which is not among these "
                "manifests. Add it, or remove the reference."
            )
        found.append(index[identity])
    return found


def _parse(reference: str, obj: KubeObject) -> Identity:
    fields = reference.split("/")
    if len(fields) == _CLUSTER_FIELDS:
        group, kind, name = fields
        return group, kind, "", name
    if len(fields) == _NAMESPACED_FIELDS and fields[1] == "namespaces":
        group, _, namespace, kind, name = fields
        return group, kind, namespace, name
    raise ResourceFailed(
        f"{describe(obj)}: the annotation {_DEPENDS_ON} holds {reference!r}; expected 'group/kind/name' or "
        "'group/namespaces/namespace/kind/name', with an empty group for core kinds."
    )


def _refuse_cycles(objects: Sequence[KubeObject], found: list[list[int]]) -> None:
    try:
        graphlib.TopologicalSorter(dict(enumerate(found))).prepare()
    except graphlib.CycleError as error:
        names = " -> ".join(describe(objects[number]) for number in reversed(error.args[1]))
        raise ResourceFailed(f"These manifests wait for each other: {names}.") from None
