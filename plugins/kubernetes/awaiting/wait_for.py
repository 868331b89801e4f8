"""Reads the annotation pulumi.com/waitFor: ``condition=Ready``, ``jsonpath={.status.phase}=Running``, or a JSON list.

It knows plain JSON paths only: keys and indices, no filters.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.awaiting.verdict import Ready, Rule, Snapshot, Verdict, Waiting
from plugins.kubernetes.objects import WAIT_FOR, KubeObject, Value, annotation, condition_of
from plugins.kubernetes.property_path import get_path, parse_path

if TYPE_CHECKING:
    from collections.abc import Callable

_JSONPATH: Final = re.compile(r"jsonpath=\{\.(?P<path>[^}]+)\}(?:=(?P<value>.*))?\Z", re.DOTALL)
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
    tests = [(str(item), _test(str(item))) for item in listed]

    def judge(snapshot: Snapshot) -> Verdict:
        missing = [name for name, test in tests if not test(snapshot.live)]
        return Waiting(f"Waiting for {', '.join(missing)}") if missing else Ready(text)

    return Rule(judge)


def _test(text: str) -> Callable[[KubeObject], bool]:
    if match := _CONDITION.match(text):
        kind, status = match["type"], match["status"] or "True"
        return lambda live: str(condition_of(live, kind).get("status", "")).lower() == status.lower()
    if match := _JSONPATH.match(text):
        path, wanted = parse_path(match["path"]), match["value"]
        return lambda live: _at(live, path, wanted)
    raise ValueError(f"Annotation {WAIT_FOR}: {text!r} is neither 'condition=Type' nor 'jsonpath={{.path}}=value'.")


def _at(live: Value, path: tuple[str | int, ...], wanted: str | None) -> bool:
    found, value = get_path(live, path)
    if wanted is None:
        return found
    return found and (value if isinstance(value, str) else json.dumps(value)) == wanted
