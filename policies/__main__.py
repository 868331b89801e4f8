"""The policy pack: the same rules for whoever runs `pulumi preview --policy-pack policies`.

It deliberately decides nothing: `policies.catalogue` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.catalogue import RULES, judge
from policies.kubernetes_object import KubernetesObject, is_object
from policies.rule import ObjectRule, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    Report = Callable[..., None]
    """Takes a text and, for a whole stack, the URN that it is about."""

NAME = "slipway"
KUBERNETES = "kubernetes:"
WRAPPED: Any = "__target"
"""The key by which pulumi-policy's wrappers give what they wrap."""


def plain(value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    """Return a value without the wrappers that raise an error where something is not known yet: rules pass that by."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value[WRAPPED].items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value[WRAPPED]]
    return value


def _object(token: str, properties: Mapping[str, Any], urn: str) -> list[KubernetesObject]:
    manifest = plain(properties) if token.startswith(KUBERNETES) else {}
    return [KubernetesObject(manifest, urn)] if is_object(manifest) else []


def _of_resource(rule: Rule) -> Callable[[ResourceValidationArgs, Report], None]:
    def validate(args: ResourceValidationArgs, report: Report) -> None:
        for violation in judge(_object(args.resource_type, args.props, args.urn), rules=[rule]):
            report(f"{violation.about}: {violation.text}")

    return validate


def _of_stack(rule: Rule) -> Callable[[StackValidationArgs, Report], None]:
    def validate(args: StackValidationArgs, report: Report) -> None:
        objects: Sequence[KubernetesObject] = [
            each
            for resource in args.resources
            for each in _object(resource.resource_type, resource.props, resource.urn)
        ]
        for violation in judge(objects, rules=[rule]):
            report(f"{violation.about}: {violation.text}", violation.about.urn)

    return validate


def _policy(rule: Rule) -> ResourceValidationPolicy | StackValidationPolicy:
    level = EnforcementLevel(rule.severity)
    if isinstance(rule, ObjectRule):
        return ResourceValidationPolicy(rule.id, rule.why, _of_resource(rule), level)
    return StackValidationPolicy(rule.id, rule.why, _of_stack(rule), level)


PolicyPack(NAME, policies=[_policy(rule) for rule in RULES])
