"""Who may be reached: nobody unless a policy says so, and from outside only the gateway.

It deliberately does not judge which connections a policy opens; tests of the running environment do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.kubernetes_object import mapping, sequence
from policies.rules.platform import GATEWAY, NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.kubernetes_object import KubernetesObject

OPEN_TYPES = frozenset({"NodePort", "LoadBalancer"})


def only_the_gateway_is_public(each: KubernetesObject) -> Iterator[str]:
    """Find Services that open a door to the outside beside the gateway."""
    if each.kind != "Service" or each.namespace == GATEWAY:
        return
    if each.spec.get("type") in OPEN_TYPES:
        yield f"is of type {each.spec['type']}; only Services in {GATEWAY} may be, others are reached through it"
    if sequence(each.spec.get("externalIPs")):
        yield "has externalIPs; it is reached through the gateway"


def deny_by_default(objects: Sequence[KubernetesObject]) -> Iterator[tuple[KubernetesObject, str]]:
    """Find namespaces of applications in which connections are allowed that no policy names."""
    closed = {each.namespace for each in objects if each.kind == "NetworkPolicy" and _denies_all(each.spec)}
    for each in objects:
        if each.kind == "Namespace" and each.name not in NAMESPACES and each.name not in closed:
            yield each, "has no NetworkPolicy that selects every pod, names Ingress and Egress, and allows neither"


def _denies_all(spec: Mapping[str, Any]) -> bool:
    every_pod = not any(mapping(spec.get("podSelector")).values())
    both = {"Ingress", "Egress"} <= set(sequence(spec.get("policyTypes")))
    return every_pod and both and not spec.get("ingress") and not spec.get("egress")
