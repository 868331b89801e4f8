"""Turns the event log of a real preview into a plan for these tests: `python -m tests.unit.preview.record LOG PLAN`.

It leaves out what no test reads, so that a plan is a tenth of its log, and every path of the machine that made it.
A log is what `PULUMI_DEBUG_COMMANDS=1 pulumi preview --event-log LOG` writes, with all secrets hidden.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

KEPT_OUTPUTS = frozenset({"notAfter", "checkRun", "repoDigest"})
KEPT_REFERENCES = ("id", "parent", "provider")
KEPT_EVENTS = frozenset({"policyEvent", "summaryEvent"})
STEPS = ("resourcePreEvent", "resOutputsEvent")
ROOT = str(Path(__file__).resolve().parents[3])
PATHS = {ROOT: "/srv/slipway", str(Path.home() / ".cache/slipway"): "/var/cache/slipway"}


def trimmed(lines: list[str]) -> list[str]:
    """Return the lines of a plan."""
    events = [json.loads(line) for line in lines]
    told = {step for event in events if (step := _step(event, STEPS[1]))}
    kept = [slim for event in events if (slim := _slim(event, told)) is not None]
    return [json.dumps(event, separators=(",", ":"), sort_keys=True) for event in kept]


def _slim(event: dict[str, Any], told: set[tuple[str, str]]) -> dict[str, Any] | None:
    if KEPT_EVENTS & event.keys():
        return {key: value for key, value in event.items() if key in KEPT_EVENTS}
    said = event.get("diagnosticEvent")
    if said and said["severity"] != "debug":
        return {"diagnosticEvent": said}
    for kind in STEPS:
        step = _step(event, kind)
        # What comes before a step says less than what comes after, but for steps that have nothing after them.
        if step and (kind == STEPS[1] or step not in told):
            return {kind: {"metadata": _metadata(event[kind]["metadata"])}}
    return None


def _step(event: dict[str, Any], kind: str) -> tuple[str, str] | None:
    metadata = (event.get(kind) or {}).get("metadata")
    return (metadata["op"], metadata["urn"]) if metadata else None


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    kept = {key: metadata[key] for key in ("op", "urn", "type", "keys", "diffs", "detailedDiff") if metadata.get(key)}
    sides = ("new",) if metadata["op"] == "same" else ("old", "new")
    states = {side: _state(metadata[side]) for side in sides if metadata.get(side)}
    if metadata["op"] == "same":
        states["old"] = {"outputs": states.get("new", {}).get("outputs", {})}
    return {**kept, **states}


def _state(state: dict[str, Any]) -> dict[str, Any]:
    outputs = {key: value for key, value in (state.get("outputs") or {}).items() if key in KEPT_OUTPUTS}
    inputs = state.get("inputs") or {}
    if inputs.get("kind") == "CustomResourceDefinition":
        inputs = {**inputs, "spec": {}}
    whose = {key: state[key] for key in KEPT_REFERENCES if state.get(key)}
    return {"custom": bool(state.get("custom")), "inputs": _plain(inputs), "outputs": outputs, **whose}


def _plain(value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "__defaults"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("-----BEGIN"):
        return "(PEM)"
    for path, replacement in PATHS.items():
        value = value.replace(path, replacement)
    return value if len(value) < 2000 else f"{value[:100]}..."


if __name__ == "__main__":
    log, plan = map(Path, sys.argv[1:])
    plan.write_text("\n".join(trimmed(log.read_text().splitlines())) + "\n")
