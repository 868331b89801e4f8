"""Reads the annotation pulumi.com/waitFor: ``condition=Ready``, ``jsonpath={.status.phase}=Running``, or a JSON list.

It decides what to wait for, not how long.
Source: pulumi/pulumi-kubernetes provider/pkg/metadata/overrides.go and provider/pkg/jsonpath.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.awaiting.json_path import JsonPath
from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Rule, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import WAIT_FOR, KubeObject, annotation, metadata_of, pluck

if TYPE_CHECKING:
    from collections.abc import Callable

# A filter compares with '==', so only a single '=' separates the value that is waited for.
_JSONPATH: Final = re.compile(r"jsonpath=\{\s*(?P<path>.+?)\s*\}(?:=(?P<value>.+))?\Z", re.DOTALL)
_CONDITION: Final = re.compile(r"condition=(?P<type>[^=]+)(?:=(?P<status>.*))?\Z")


def rule_from_annotation(inputs: KubeObject) -> Rule | None:
    """Return the rule that the program wrote itself, None if it wrote none.

    Raises:
        ValueError: the annotation is not understood.
    """
    text = annotation(inputs, WAIT_FOR)
    if not text:
        return None
    listed = json.loads(text) if text.lstrip().startswith("[") else [text]
    if not listed:
        raise ValueError(f"Annotation {WAIT_FOR} is an empty list: name at least one condition.")
    tests = [_test(str(item)) for item in listed]

    def judge(snapshot: Snapshot) -> Verdict:
        if _is_behind(snapshot.live, pluck(snapshot.live, "status", "observedGeneration")):
            return Waiting("Waiting for its controller to see the change")
        try:
            missing = [text for test in tests if (text := test(snapshot.live))]
        except ValueError as error:
            return Failed([Problem(str(error))])
        return Waiting(f"Waiting for {'; '.join(missing)}") if missing else Ready(text)

    return Rule(judge)


def _test(text: str) -> Callable[[KubeObject], str]:
    """Return a function that says what is missing, '' once nothing is."""
    if match := _CONDITION.match(text):
        kind, status = match["type"], match["status"] or "True"
        return lambda live: _missing_condition(live, kind, status)
    if match := _JSONPATH.match(text):
        path = match["path"] if match["path"].startswith("$") else f"${match['path']}"
        try:
            expression = JsonPath(path)
        except ValueError as error:
            raise ValueError(f"Annotation {WAIT_FOR}: {error}.") from None
        return lambda live: _missing_value(live, expression, text, match["value"])
    raise ValueError(f"Annotation {WAIT_FOR}: {text!r} is neither 'condition=Type' nor 'jsonpath={{.path}}=value'.")


def _missing_condition(live: KubeObject, kind: str, status: str) -> str:
    for item in pluck(live, "status", "conditions") or []:
        if not isinstance(item, dict) or str(item.get("type")).lower() != kind.lower():
            continue
        if _is_behind(live, item.get("observedGeneration")):
            return f"condition {kind} of the current generation"
        found = str(item.get("status"))
        reason = f": {item['message']}" if item.get("message") else ""
        return "" if found.lower() == status.lower() else f"condition {kind}={status} (it is {found}{reason})"
    return f"condition {kind}={status} (not there yet)"


def _missing_value(live: KubeObject, expression: JsonPath, text: str, wanted: str | None) -> str:
    found = expression.select(live)
    if not found:
        return f"{text} (nothing there yet)"
    if wanted is None:
        return ""
    if isinstance(found[0], (dict, list)):
        raise ValueError(  # noqa: TRY004 - what is of the wrong type is the user's path
            f"Annotation {WAIT_FOR}: {text!r} leads to a list or mapping, which equals no plain value."
        )
    shown = found[0] if isinstance(found[0], str) else json.dumps(found[0])
    return "" if shown == wanted else f"{text} (it is {shown!r})"


def _is_behind(live: KubeObject, observed: object) -> bool:
    """Say whether a status is about an older generation of the object."""
    return isinstance(observed, int) and observed < (metadata_of(live).get("generation") or 0)
