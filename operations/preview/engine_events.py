"""Reads the event log of a preview, which the Automation API reads too, into a plan.

It deliberately asks the engine for nothing but `--event-log`: secrets are hidden before the log is written.
Source: pulumi sdk/go/common/apitype/events.go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from operations.preview.plan import Action, Diagnostic, Difference, Plan, Planned, PolicyFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VARIABLES: Final = {"PULUMI_DEBUG_COMMANDS": "1"}
"""Without this the CLI does not know `--event-log`; the Automation API sets it for the same reason."""

# One resource may have several steps; the one that says most comes first.
ACTIONS: Final[tuple[tuple[str, Action], ...]] = (
    ("replace", "replace"),
    ("create-replacement", "replace"),
    ("delete-replaced", "replace"),
    ("import-replacement", "replace"),
    ("discard-replaced", "replace"),
    ("create", "create"),
    ("import", "create"),
    ("update", "update"),
    ("delete", "delete"),
    ("read", "read"),
    ("read-replacement", "read"),
    ("read-discard", "read"),
    ("discard", "read"),
    ("refresh", "read"),
    ("same", "same"),
)
FAILED: Final = "preview failed"
"""The engine's last word on a failure, whose reason it has told before."""
QUIET: Final = frozenset({"debug", "info", "info#err"})


def read_plan(lines: Iterable[str]) -> Plan:
    """Return the plan that an event log tells.

    Args:
        lines: One JSON object each; the last one may be cut off when the engine was killed.
    """
    events = list(_events(lines))
    steps: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            if metadata := (event.get(kind) or {}).get("metadata"):
                steps.setdefault(metadata["urn"], []).append(metadata)
    policies = tuple(_policy(event["policyEvent"]) for event in events if "policyEvent" in event)
    diagnostics = tuple(_diagnostics(events))
    summary: dict[str, Any] = next((event["summaryEvent"] for event in events if "summaryEvent" in event), {})
    return Plan(
        resources=tuple(_planned(urn, each) for urn, each in steps.items()),
        policies=policies,
        diagnostics=tuple(each for each in diagnostics if each.text != FAILED),
        complete=summary.get("result") == "succeeded" or (bool(summary) and _only_policies(policies, diagnostics)),
        seconds=float(summary.get("durationSeconds", 0)),
    )


def _only_policies(policies: Sequence[PolicyFinding], diagnostics: Sequence[Diagnostic]) -> bool:
    """Say whether a preview failed for nothing but a mandatory rule: then it did look at everything."""
    errors = [each for each in diagnostics if each.severity == "error" and each.text != FAILED]
    return not errors and any(each.severity == "mandatory" for each in policies)


def _events(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _planned(urn: str, steps: list[Mapping[str, Any]]) -> Planned:
    operations = {step["op"] for step in steps}
    action: Action = next((action for operation, action in ACTIONS if operation in operations), "read")
    old = _last(steps, "old")
    new = {} if action == "delete" else _last(steps, "new")
    return Planned(
        urn=urn,
        type=steps[0]["type"],
        action=action,
        custom=bool((new or old).get("custom")),
        old=old.get("inputs") or {},
        new=new.get("inputs") or {},
        old_outputs=old.get("outputs") or {},
        new_outputs=new.get("outputs") or {},
        differences=_differences(steps),
        id=str(old.get("id") or new.get("id") or ""),
        parent=str((new or old).get("parent") or ""),
        provider=str((new or old).get("provider") or ""),
    )


def _last(steps: list[Mapping[str, Any]], side: str) -> Mapping[str, Any]:
    """Return the latest state of one side, which knows most."""
    return next((step[side] for step in reversed(steps) if step.get(side)), {})


def _differences(steps: list[Mapping[str, Any]]) -> tuple[Difference, ...]:
    found: dict[str, Difference] = {}
    for step in steps:
        for path, how in (step.get("detailedDiff") or {}).items():
            found[path] = Difference(path, how.get("diffKind", "update"))
        for path in step.get("diffs") or () if not step.get("detailedDiff") else ():
            found.setdefault(path, Difference(path, "update"))
    replacing = {path for step in steps for path in step.get("keys") or ()}
    return tuple(
        Difference(path, f"{each.kind}-replace") if path in replacing and "replace" not in each.kind else each
        for path, each in sorted(found.items())
    )


def _policy(event: Mapping[str, Any]) -> PolicyFinding:
    # The CLI puts the policy's description before the text of the finding.
    why, _, text = event["message"].strip().partition("\n")
    return PolicyFinding(
        pack=event["policyPackName"],
        rule=event["policyName"],
        severity=event["enforcementLevel"],
        urn=event.get("resourceUrn", ""),
        text=(text or why).strip(),
        why=why.strip() if text else "",
    )


def _diagnostics(events: list[dict[str, Any]]) -> Iterable[Diagnostic]:
    for event in events:
        said = event.get("diagnosticEvent") or {}
        if said and said.get("severity") not in QUIET and not said.get("ephemeral"):
            yield Diagnostic(said["severity"], said["message"].strip(), said.get("urn", ""))
