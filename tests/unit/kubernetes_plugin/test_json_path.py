"""JSONPath as RFC 9535 defines it, as far as the plugin knows it."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.kubernetes.awaiting.json_path import JsonPath

OBJECT: dict[str, Any] = {
    "metadata": {"annotations": {"a.b/c": "d"}, "generation": 2},
    "status": {
        "phase": "Up",
        "conditions": [
            {"type": "Ready", "status": "True", "observedGeneration": 2},
            {"type": "Synced", "status": "False"},
        ],
        "loads": [1, 5, 2.5],
    },
}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$.status.phase", ["Up"]),
        ("$['status'][\"phase\"]", ["Up"]),
        ("$.metadata.annotations['a.b/c']", ["d"]),
        ("$.status.conditions[0].type", ["Ready"]),
        ("$.status.conditions[-1].type", ["Synced"]),
        ("$.status.conditions[*].type", ["Ready", "Synced"]),
        ("$.status.loads[1:]", [5, 2.5]),
        ("$.status.loads[0,2]", [1, 2.5]),
        ("$..type", ["Ready", "Synced"]),
        ('$.status.conditions[?(@.type=="Ready")].status', ["True"]),
        ("$.status.conditions[?@.type == 'Ready'].status", ["True"]),
        ("$.status.conditions[?@.type=='Ready' && @.status!='True'].type", []),
        ("$.status.conditions[?@.status=='No' || !@.observedGeneration].type", ["Synced"]),
        ("$.status.conditions[?@.observedGeneration >= $.metadata.generation].type", ["Ready"]),
        ("$.status.loads[?@ > 2]", [5, 2.5]),
        ("$.status.loads[?@ > '2']", []),
        ("$.nothing.here[3]", []),
    ],
)
def test_path_selects(path: str, selected: list[Any]) -> None:
    assert JsonPath(path).select(OBJECT) == selected


@pytest.mark.parametrize("path", ["status", "$.", "$.a[", "$.a[?]", "$.a[?'x']", "$.a b", "$.a[?@.b == ]", "$.a[x]"])
def test_what_is_no_path_is_refused_with_its_place(path: str) -> None:
    with pytest.raises(ValueError, match="at character"):
        JsonPath(path)
