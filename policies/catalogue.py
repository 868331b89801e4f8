"""All rules, the exemptions from them, and the one function that judges objects by both.

It deliberately is a literal list: what is not in it does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from policies.rule import ObjectRule, Rule, StackRule, Violation
from policies.rules import availability, compute, confidential, images, network, privileges, probes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policies.kubernetes_object import KubernetesObject

RULES: Final[tuple[Rule, ...]] = (
    ObjectRule(
        "image-by-digest",
        "Nodes know the environment's registry and no other, and a tag may change after it was approved.",
        "mandatory",
        images.from_private_registry_by_digest,
    ),
    ObjectRule(
        "requests-and-limits",
        "A pod without requests is placed as if it needed nothing; one without a memory limit takes its node with it.",
        "mandatory",
        compute.requests_and_limits,
    ),
    ObjectRule(
        "unprivileged-user",
        "Whoever breaks into a container should find no rights and no file to change.",
        "mandatory",
        privileges.unprivileged_user,
    ),
    ObjectRule(
        "nothing-of-the-host",
        "A pod that sees its node's files, processes or network owns the node.",
        "mandatory",
        privileges.nothing_of_the_host,
    ),
    ObjectRule(
        "three-probes",
        "Without them traffic goes to pods that cannot serve, and pods that hang stay.",
        "mandatory",
        probes.three_probes,
    ),
    ObjectRule(
        "public-through-gateway",
        "One door has TLS, one name and one log; every other door is forgotten one day.",
        "mandatory",
        network.only_the_gateway_is_public,
    ),
    ObjectRule(
        "no-secret-in-plain",
        "ConfigMaps, variables and command lines are readable to whoever may list them, and are not encrypted at rest.",
        "mandatory",
        confidential.no_secret_in_plain,
    ),
    StackRule(
        "deny-by-default",
        "What no policy names must not connect, or a new pod is open until somebody thinks of it.",
        "mandatory",
        network.deny_by_default,
    ),
    StackRule(
        "disruption-budget",
        "Without one, a drain may take all replicas at the same time.",
        "advisory",
        availability.disruption_budget,
    ),
)
EXEMPTIONS_FILE: Final = Path(__file__).with_name("exemptions.yaml")


class ExemptionError(ValueError):
    """The list of exemptions has a mistake; the text says where and what is expected."""


@dataclass(frozen=True)
class Exemption:
    """One object that need not keep one rule, and why."""

    rule: str
    kind: str
    namespace: str
    name: str
    reason: str

    def covers(self, rule: str, about: KubernetesObject) -> bool:
        """Say whether it is about this object and this rule."""
        return (self.rule, self.kind, self.namespace, self.name) == (rule, about.kind, about.namespace, about.name)


def judge(
    objects: Iterable[KubernetesObject],
    *,
    rules: Iterable[Rule] = RULES,
    exemptions: Sequence[Exemption] | None = None,
) -> list[Violation]:
    """Return everything that breaks a rule and is not exempt."""
    seen, allowed = list(objects), known_exemptions() if exemptions is None else exemptions
    found = [violation for rule in rules for violation in rule.violations(seen)]
    return [each for each in found if not any(exempt.covers(each.rule, each.about) for exempt in allowed)]


@cache
def known_exemptions() -> tuple[Exemption, ...]:
    """Return the exemptions of the file beside this one."""
    return parse_exemptions(EXEMPTIONS_FILE.read_text(encoding="utf-8"))


def parse_exemptions(text: str) -> tuple[Exemption, ...]:
    """Read a list of exemptions.

    Raises:
        ExemptionError: An entry lacks a key or a reason, or names a rule that does not exist.
    """
    entries: Any = yaml.safe_load(text) or []
    names = set(Exemption.__dataclass_fields__)
    for index, entry in enumerate(entries):
        if (
            not isinstance(entry, dict)
            or set(entry) != names
            or not all(str(value).strip() for value in entry.values())
        ):
            raise ExemptionError(f"{EXEMPTIONS_FILE.name}[{index}] must have {', '.join(sorted(names))}, none empty.")
        if entry["rule"] not in {rule.id for rule in RULES}:
            raise ExemptionError(f"{EXEMPTIONS_FILE.name}[{index}]: there is no rule '{entry['rule']}'.")
    return tuple(Exemption(**entry) for entry in entries)
