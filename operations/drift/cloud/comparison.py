"""Findings from a refresh's plan: what is gone, what is otherwise than recorded, and what could not be read.

It is pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.drift.cloud.properties import differences, is_hidden
from operations.drift.cloud.recorded_part import PREFIX
from operations.drift.finding import SECRET, Change, Finding, Unchecked
from operations.drift.values import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operations.drift.cloud.recorded_part import CloudResource
    from operations.preview.plan import Plan, Planned

LAYER = "machines"
OBJECT = "object"


def compare(plan: Plan, recorded: Sequence[CloudResource]) -> tuple[list[Finding], list[Unchecked]]:
    """Return what differs, and what the provider could not look at.

    Args:
        plan: What a refresh would write.
        recorded: What it looked at.
    """
    by_urn = {item.urn: item for item in recorded}
    gone = {each.id for each in plan.resources if each.action == "delete"}
    findings = [
        finding
        for each in plan.resources
        if each.urn in by_urn and not _went_along(by_urn[each.urn], gone)
        for finding in _findings(each, by_urn[each.urn])
    ]
    return findings, _unchecked(plan, by_urn)


def _went_along(resource: CloudResource, gone: set[str]) -> bool:
    """Say whether it is a registration of a machine that is gone: AWS takes that out by itself."""
    return resource.kind == "TargetAttachment" and str(resource.inputs.get("targetId")) in gone


def _findings(planned: Planned, resource: CloudResource) -> Iterator[Finding]:
    if planned.action == "delete":
        yield _finding(resource, OBJECT, "present", "")
        return
    if planned.action == "same":
        return
    found = differences(planned.old, planned.new, planned.old_outputs, planned.new_outputs)
    yield from (_finding(resource, *one) for one in found)
    # Events show every secret in the same words; that one differs, the provider says.
    told = {name for name, _, _ in found}
    for difference in planned.differences:
        if difference.path not in told and is_hidden(planned.old.get(difference.path)):
            yield _finding(resource, difference.path, SECRET, SECRET)


def _finding(resource: CloudResource, what: str, was: str, now: str) -> Finding:
    change = Change.UNRECORDED if not was else Change.MISSING if not now else Change.CHANGED
    return Finding(
        layer=LAYER, kind=resource.kind, resource=resource.name, property=what, change=change,
        was=value_text(was), now=value_text(now), urn=resource.urn,
    )  # fmt: skip


def _unchecked(plan: Plan, by_urn: Mapping[str, CloudResource]) -> list[Unchecked]:
    """Tell each reason once, with everything that it kept from being looked at."""
    reasons: dict[str, list[str]] = {}
    for said in plan.diagnostics:
        if said.severity == "error" and said.urn in by_urn:
            resource = by_urn[said.urn]
            reasons.setdefault(_reason(said.text, resource), []).append(f"{resource.kind} {resource.name}")
    return [Unchecked(layer=LAYER, what=_listed(sorted(names)), why=why) for why, names in reasons.items()]


def _reason(text: str, resource: CloudResource) -> str:
    """Return the provider's words without the resource's name, which stands beside them."""
    name = resource.urn.rpartition("::")[2]
    return " ".join(text.split()).replace(f"{resource.kind} '{name}': ", "")


def _listed(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more in AWS" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def is_of_cloud(type_token: str) -> bool:
    """Say whether a recorded resource is one of AWS."""
    return type_token.startswith(PREFIX)
