"""One side of a plan, before or after the update: which AWS resources there are, and what they refer to.

In a first preview no id is known yet. It deliberately guesses none: where what could be meant agrees on a value, that
value is it, and otherwise it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.preview.values import value_at
from policies.kubernetes_object import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from operations.preview.plan import Plan, Planned

PREFIX = "slipway:aws:"
PROVIDER = "pulumi:providers:slipway"


@dataclass(frozen=True)
class Found:
    """One resource on one side."""

    planned: Planned
    inputs: Mapping[str, Any]

    @property
    def type(self) -> str:
        """Its type without the package: `Instance`."""
        return self.planned.type.removeprefix(PREFIX)


@dataclass(frozen=True)
class Side:
    """Everything of AWS that is there before, or after."""

    plan: Plan
    is_after: bool
    found: Sequence[Found]
    default_region: str | None

    @classmethod
    def before(cls, plan: Plan, default_region: str | None) -> Side:
        """Return what is recorded."""
        recorded = [each for each in plan.resources if each.action != "create"]
        # A resource that stays as it is has one state in the engine's events.
        found = [Found(each, each.old or each.new) for each in recorded if _is_aws(each)]
        return cls(plan, is_after=False, found=found, default_region=default_region)

    @classmethod
    def after(cls, plan: Plan, default_region: str | None) -> Side:
        """Return what will be there."""
        found = [Found(each, each.new) for each in plan.resources if each.stays and _is_aws(each)]
        return cls(plan, is_after=True, found=found, default_region=default_region)

    def region(self, resource: Found) -> str | None:
        """Return the region of a resource; None when nothing says it."""
        provider = self.plan.by_urn.get(resource.planned.provider.rpartition("::")[0])
        inputs = (provider.new or provider.old) if provider else {}
        region = inputs.get("region")
        return region if isinstance(region, str) and region != UNKNOWN else self.default_region

    def through(self, resource: Found, reference: str, type_name: str, path: str) -> Any:  # noqa: ANN401 - dynamic
        """Return a property of what a resource refers to; UNKNOWN when nothing says it.

        Args:
            resource: The one that refers.
            reference: Its input that holds the other's id, such as `launchTemplateId`.
            type_name: The other's type, such as `LaunchTemplate`.
            path: The other's property.
        """
        wanted = resource.inputs.get(reference)
        candidates = [each for each in self.found if each.type == type_name]
        if isinstance(wanted, str) and wanted != UNKNOWN:
            named = [each for each in candidates if each.planned.id == wanted]
            return value_at(named[0].inputs, path) if named else UNKNOWN
        values = [value_at(each.inputs, path) for each in self._nearest(resource, candidates)]
        return values[0] if values and all(value == values[0] for value in values) else UNKNOWN

    def _nearest(self, resource: Found, candidates: Sequence[Found]) -> Sequence[Found]:
        """Return those below the innermost parent that has any."""
        for parent in self._parents(resource.planned.urn):
            if below := [each for each in candidates if parent in self._parents(each.planned.urn)]:
                return below
        return candidates

    def _parents(self, urn: str) -> list[str]:
        parents: list[str] = []
        while (known := self.plan.by_urn.get(urn)) and known.parent and known.parent not in parents:
            parents.append(known.parent)
            urn = known.parent
        return parents


def _is_aws(each: Planned) -> bool:
    return each.custom and each.type.startswith(PREFIX)
