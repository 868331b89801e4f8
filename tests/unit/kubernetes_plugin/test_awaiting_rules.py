"""Verdicts on objects of each kind that is waited for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from plugins.kubernetes.awaiting.rules import rule_for
from plugins.kubernetes.awaiting.verdict import Ready, Snapshot
from plugins.kubernetes.awaiting.wait_for import rule_from_annotation
from plugins.kubernetes.tokens import kind_of

CASES = yaml.safe_load((Path(__file__).parent / "awaiting_cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_verdict(case: dict[str, Any]) -> None:
    live = {"metadata": {"name": "it", "uid": "u", "generation": 1}, **case["live"]}
    rule = rule_for(kind_of(live))
    assert rule
    verdict = rule.judge(Snapshot(live, case.get("related", {})))
    assert type(verdict).__name__ == case["verdict"]
    if "says" in case:
        texts = [] if isinstance(verdict, Ready) else [problem.text for problem in verdict.problems]
        assert case["says"] in "\n".join([*texts, getattr(verdict, "because", getattr(verdict, "text", ""))])


def test_other_kinds_are_not_waited_for() -> None:
    assert rule_for(kind_of({"apiVersion": "v1", "kind": "ConfigMap"})) is None


def test_wait_for_takes_conditions_paths_and_lists_of_them() -> None:
    def ready(text: str, live: dict[str, Any]) -> bool:
        rule = rule_from_annotation({"metadata": {"annotations": {"pulumi.com/waitFor": text}}})
        assert rule
        return isinstance(rule.judge(Snapshot(live)), Ready)

    programmed = {"status": {"phase": "Up", "conditions": [{"type": "Programmed", "status": "True"}]}}
    assert ready("condition=Programmed", programmed)
    assert not ready("condition=Programmed=False", programmed)
    assert ready("jsonpath={.status.phase}", programmed)
    assert ready("jsonpath={.status.conditions[0].type}=Programmed", programmed)
    assert not ready('["condition=Programmed", "jsonpath={.status.phase}=Down"]', programmed)
    with pytest.raises(ValueError, match="neither"):
        ready("whenever", {})
