"""Verdicts on objects of each kind that is waited for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from plugins.kubernetes.awaiting.events import explained
from plugins.kubernetes.awaiting.rules import rule_for
from plugins.kubernetes.awaiting.verdict import Problem, Ready, Snapshot, Waiting
from plugins.kubernetes.awaiting.wait_for import rule_from_annotation
from plugins.kubernetes.model.tokens import kind_of

CASES = yaml.safe_load((Path(__file__).parent / "awaiting_cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_verdict(case: dict[str, Any]) -> None:
    live = {"metadata": {"name": "it", "uid": "u", "generation": 1}, **case["live"]}
    rule = rule_for(kind_of(live))
    assert rule
    verdict = rule.judge(Snapshot(live, case.get("related", {})))
    assert type(verdict).__name__ == case["verdict"]
    assert getattr(verdict, "settle_seconds", 0) == case.get("settles", 0)
    if "says" in case:
        texts = [] if isinstance(verdict, Ready) else [problem.text for problem in verdict.problems]
        assert case["says"] in "\n".join([*texts, getattr(verdict, "because", getattr(verdict, "text", ""))])


def test_other_kinds_are_not_waited_for() -> None:
    assert rule_for(kind_of({"apiVersion": "v1", "kind": "ConfigMap"})) is None


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, "Ready"),
        ({"observedGeneration": 0}, "Waiting"),
        ({"conditions": [{"type": "Ready", "status": "True"}]}, "Ready"),
        ({"conditions": [{"type": "Ready", "status": "Unknown"}]}, "Waiting"),
        ({"conditions": [{"type": "Reconciling", "status": "True"}]}, "Waiting"),
        ({"conditions": [{"type": "Stalled", "status": "True", "message": "no"}]}, "Failed"),
    ],
)
def test_any_kind_is_judged_by_its_conditions_when_asked_to(status: dict[str, Any], verdict: str) -> None:
    live = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"generation": 1}, "status": status}
    assert rule_for(kind_of(live)) is None
    rule = rule_for(kind_of(live), await_all=True)
    assert rule
    assert type(rule.judge(Snapshot(live))).__name__ == verdict


def test_a_rule_of_its_own_comes_first() -> None:
    job = kind_of({"apiVersion": "batch/v1", "kind": "Job"})
    assert rule_for(job, await_all=True) is rule_for(job)


def event(uid: str, reason: str, time: str = "2026-01-01T00:00:09Z") -> dict[str, Any]:
    about = {"kind": "Pod", "name": f"pod-{uid}", "uid": uid}
    return {"involvedObject": about, "reason": reason, "message": f"{reason} it is", "lastTimestamp": time}


def test_warnings_about_the_object_and_its_pods_explain_the_wait() -> None:
    live = {"metadata": {"uid": "d", "creationTimestamp": "2026-01-01T00:00:05Z"}}
    events = [
        event("p", "FailedMount"),
        event("p", "FailedMount"),
        event("p", "BackOff"),
        event("p", "Unhealthy", "2026-01-01T00:00:01Z"),
        event("other", "FailedCreate"),
        event("d", "FailedCreate", "2026-01-01T00:00:11Z"),
    ]
    related = {"Pod": [{"metadata": {"uid": "p"}}], "Event": events}
    verdict = explained(Waiting("w", [Problem("first")]), live, related)
    assert isinstance(verdict, Waiting)
    assert [problem.text for problem in verdict.problems] == [
        "first",
        "Pod pod-d: FailedCreate: FailedCreate it is",
        "Pod pod-p: FailedMount: FailedMount it is",
    ]
    assert explained(Ready("r"), live, related) == Ready("r")


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
    assert ready('jsonpath={.status.conditions[?(@.type=="Programmed")].status}=True', programmed)
    assert not ready('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', programmed)
    with pytest.raises(ValueError, match="neither"):
        ready("whenever", {})
    with pytest.raises(ValueError, match="at character"):
        ready("jsonpath={.a[}=b", {})


def test_wait_for_does_not_trust_the_status_of_an_older_generation() -> None:
    rule = rule_from_annotation({"metadata": {"annotations": {"pulumi.com/waitFor": "condition=Ready"}}})
    assert rule
    behind = {"type": "Ready", "status": "True", "observedGeneration": 1}
    live = {"metadata": {"generation": 2}, "status": {"conditions": [behind]}}
    assert not isinstance(rule.judge(Snapshot(live)), Ready)
    assert isinstance(rule.judge(Snapshot({**live, "metadata": {"generation": 1}})), Ready)
