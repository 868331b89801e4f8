"""What the engine intends, resource by resource, as it says itself in its events.

It deliberately is plain data with no judgement; which resource matters how is for the modules that read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from policies.kubernetes_object import KubernetesObject, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Action = Literal["create", "update", "replace", "delete", "read", "same"]
KUBERNETES = "kubernetes:"
ANSIBLE_RUN = "slipway:index:AnsibleRun"


@dataclass(frozen=True)
class Difference:
    """One property that changes."""

    path: str
    kind: str
    """`add`, `update` or `delete`, and the same with `-replace` where the property is why a resource is replaced."""


@dataclass(frozen=True)
class Planned:
    """One resource and what is to happen to it."""

    urn: str
    type: str
    action: Action
    custom: bool = True
    old: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Inputs as recorded; empty when it is new."""
    new: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Inputs as declared; empty when it goes."""
    old_outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    new_outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    differences: tuple[Difference, ...] = ()
    id: str = ""
    """Empty when it is new."""
    parent: str = ""
    """URN of its parent."""
    provider: str = ""
    """URN of its provider, `::` and the provider's id."""

    @property
    def name(self) -> str:
        """Its name in the stack."""
        return self.urn.rpartition("::")[2]

    @property
    def ancestry(self) -> Sequence[str]:
        """The types of its parents and its own, outermost first."""
        return self.urn.split("::")[2].split("$")

    @property
    def is_changed(self) -> bool:
        """Whether anything happens to it."""
        return self.action not in {"same", "read"}

    @property
    def stays(self) -> bool:
        """Whether it is there after the update."""
        return self.action != "delete"


@dataclass(frozen=True)
class PolicyFinding:
    """What a policy pack has to say."""

    pack: str
    rule: str
    severity: str
    urn: str
    text: str
    why: str


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, of a provider, or of the program."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything that one preview says."""

    resources: tuple[Planned, ...] = ()
    policies: tuple[PolicyFinding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = False
    """Whether the preview came to its end; else resources may be missing, and no deletion is known."""
    seconds: float = 0.0

    def of_type(self, type_end: str) -> list[Planned]:
        """Return the resources of a type, named by the end of its token."""
        return [each for each in self.resources if each.type.endswith(type_end)]

    @cached_property
    def objects(self) -> list[KubernetesObject]:
        """The Kubernetes objects that are there after the update."""
        return [
            KubernetesObject(each.new, each.urn)
            for each in self.resources
            if each.stays and each.type.startswith(KUBERNETES) and is_object(each.new)
        ]

    @cached_property
    def by_urn(self) -> Mapping[str, Planned]:
        """The resources by URN."""
        return {each.urn: each for each in self.resources}
