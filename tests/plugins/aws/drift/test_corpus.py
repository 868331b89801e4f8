"""The labelled corpus of drift in AWS: all found, none invented, the author right, and all put back that was recorded.

moto has no permissions and no delays, and its trail is that of the emulated cloud: AWS tells of an event after minutes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.drift.verdict import judge
from tests.plugins.aws.drift.world import cases

if TYPE_CHECKING:
    from operations.drift.finding import DriftReport
    from tests.plugins.aws.drift.world import World

CANARIES = ("canary-of-the-user-data", "canary-in-a-tag", "canary-of-mallory", "Y2FuYXJ5LW9mLW1hbGxvcnk")
VERDICTS = ("missed", "wrong", "invented", "wrong_authors")


def test_drift_in_aws_is_found_told_and_put_back(world: World) -> None:
    clean = world.drift()
    assert (clean.findings, clean.unchecked) == ((), ())
    assert clean.objects == 24

    injected = cases()
    for case in injected:
        world.inject(case)
    before = world.session.directory.parent.parent / ".pulumi" / "stacks" / "cloud" / "c.json"
    recorded = before.read_bytes()
    report = world.drift(clean)
    assert before.read_bytes() == recorded, "a drift run wrote the state"
    verdict = judge(expected(world, injected), findings(report))
    lines = [f"{name}: {line}" for name in VERDICTS for line in getattr(verdict, name)]
    assert lines == [], "\n".join(lines)
    assert report.unchecked == ()
    told = report.model_dump_json()
    assert [canary for canary in CANARIES if canary in told] == []

    assert world.revert(report) == 0
    left = world.drift(report)
    staying = [case for case in injected if case.get("stays")]
    verdict = judge(expected(world, staying), findings(left))
    assert (verdict.missed, verdict.invented) == ([], [])
    world.stack.run("preview", "--expect-no-changes")


def test_what_may_not_be_looked_at_is_said_and_hides_nothing_else(world: World) -> None:
    world.proxy.refused |= {"DescribeSubnets", "LookupEvents"}
    world.inject(
        {"by": "alice", "do": [{"ec2.create_tags": {"Resources": ["$vpc"], "Tags": [{"Key": "late", "Value": "1"}]}}]}
    )
    try:
        report = world.drift()
    finally:
        world.proxy.refused.clear()
    assert ("network", "tags.late", None) in [(one.resource, one.property, one.author) for one in report.findings]
    told = {one.what: one.why for one in report.unchecked}
    assert sorted(told) == [
        "CloudTrail",
        "Subnet subnet-a, Subnet subnet-b, Subnet subnet-c",
        "what nobody recorded in AWS",
    ]
    assert (
        "ec2:DescribeSubnets was refused with UnauthorizedOperation"
        in told["Subnet subnet-a, Subnet subnet-b, Subnet subnet-c"]
    )
    assert told["CloudTrail"].startswith("authors are not known: ")
    assert world.drift(report).unchecked == ()


def test_while_an_update_runs_aws_is_not_compared(world: World) -> None:
    lock = world.stack.folder / ".pulumi" / "locks" / "organization" / "cloud" / "c" / "1.json"
    held = {"pid": 1, "username": "bob", "hostname": "elsewhere", "timestamp": "2026-11-30T07:00:00Z"}
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(held), encoding="utf-8")
    try:
        report = world.drift()
    finally:
        lock.unlink()
    assert [(one.what, "locked by a run of bob@elsewhere" in one.why) for one in report.unchecked] == [("AWS", True)]


def test_a_cloud_that_does_not_answer_is_one_line(world: World) -> None:
    world.proxy.is_deaf = True
    try:
        report = world.drift()
    finally:
        world.proxy.is_deaf = False
    assert report.findings == ()
    assert [one.what for one in report.unchecked] == ["AWS"]


def expected(world: World, some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return cases as `judge` wants them."""
    return [
        {**case, "expect": [{"layer": "machines", "author": case["by"], **world.filled(one)} for one in case["expect"]]}
        for case in some
    ]


def findings(report: DriftReport) -> list[dict[str, Any]]:
    """Return findings as a report's JSON has them."""
    document: dict[str, Any] = json.loads(report.model_dump_json(by_alias=True))
    found: list[dict[str, Any]] = document["findings"]
    return found
