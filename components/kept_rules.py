"""Holds what a component declares to the rules of `policies`, while the program runs.

It deliberately judges single objects only, by the mandatory rules: what concerns a whole stack, its policy pack judges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from policies.catalogue import RULES, judge
from policies.kubernetes_object import UNKNOWN, KubernetesObject
from policies.rule import ObjectRule

if TYPE_CHECKING:
    from collections.abc import Mapping

MANDATORY = [rule for rule in RULES if isinstance(rule, ObjectRule) and rule.severity == "mandatory"]
FREE_KEYS = frozenset({"labels", "annotations", "match_labels", "node_selector"})
"""Below these, keys are the user's own and keep their form."""


def kept_rules(kind: str, metadata: Mapping[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of a workload as it is, if it keeps the rules.

    Raises:
        ValueError: It breaks some; the text names them all.
    """
    manifest = {"kind": kind, "metadata": as_declared(metadata), "spec": as_declared(spec)}
    broken = judge([KubernetesObject(manifest)], rules=MANDATORY)
    if broken:
        raise ValueError("\n".join(f"{each.about} breaks rule '{each.rule}': {each.text}" for each in broken))
    return spec


def as_declared(value: Any, *, free: bool = False) -> Any:  # noqa: ANN401 - fields of any object
    """Return a value of the program with the API's own names; what is not known yet is marked so."""
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    if isinstance(value, list):
        return [as_declared(item) for item in value]
    if isinstance(value, dict):
        return {
            key if free else _camel(key): as_declared(item, free=key in FREE_KEYS and not free)
            for key, item in value.items()
        }
    return value


def _camel(name: str) -> str:
    first, *others = name.rstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)
