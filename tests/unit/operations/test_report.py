"""The pages: what they draw from outputs and histories, that texts are never markup, and that nothing is loaded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from operations.availability.record import Run, budget
from operations.availability.tally import Sample, Tally
from operations.health.history import PastCheck, Round, remember, rounds_of
from operations.health.outputs import Outputs, parse_outputs
from operations.health.report import CheckResult, HealthReport, Status
from operations.health.watch import changes
from operations.report import charts, topology
from operations.report.drift_summary import drift_summary
from operations.report.pages import Content, render
from operations.report.past_changes import PastChange

if TYPE_CHECKING:
    from operations.session import Session

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ENDPOINTS = {"application": "https://catalogue.localhost:8443", "api": "https://a/api/v1", "apiServer": "https://k"}
MACHINES = {
    "load-balancer": ("load-balancer", "load-balancer"),
    "control-plane-0": ("control-plane", "control-plane"),
    "general-0": ("general", "worker"),
    "general-1": ("general", "worker"),
    "database-0": ("database", "worker"),
}


@pytest.fixture
def outputs() -> Outputs:
    nodes = [
        {
            "name": name, "address": f"172.31.240.{number}", "user": "u", "hostKey": "k", "pool": pool, "roles": [role],
            "cpu": 2, "memoryMib": 1536, "taints": ["dedicated=database:NoSchedule"] if pool == "database" else [],
        }
        for number, (name, (pool, role)) in enumerate(MACHINES.items(), 3)
    ]  # fmt: skip
    targets = [{"kind": "host", "layer": "machines", "name": name, "machine": name} for name in MACHINES]
    registry = {"address": "a:1", "name": "registry:5000", "username": "u", "password": "hush", "caPem": "c"}
    content = {
        "kubeconfig": "hush", "registry": registry, "endpoints": ENDPOINTS, "nodes": nodes,
        "ssh": {"user": "u", "privateKey": "hush"}, "healthTargets": targets,
    }  # fmt: skip
    return parse_outputs(json.dumps(content), "try")


def report_of(**states: Status) -> HealthReport:
    """A report in which everything is healthy but what is named."""
    checks = [
        CheckResult(
            layer="machines", name=name, kind="host", latency_ms=40,
            status=states.get(name.replace("-", "_"), Status.HEALTHY), detail="disk 8 %, <b>clock</b> +0.00 s",
        )
        for name in MACHINES
    ]  # fmt: skip
    keys = {"environment": "try", "checkedAt": NOW, "seconds": 1.5, "endpoints": ENDPOINTS}
    return HealthReport.model_validate({**keys, "checks": checks})


def run_of(failures: int) -> Run:
    tally = Tally(["frontend", "API"])
    for number in range(200):
        cause = "timeout" if number < failures else None
        tally.add(Sample("API" if number % 2 else "frontend", number * 0.2, 0.2, 0.004 + number / 1e5, cause))
    named = {"id": str(failures), "reason": "up", "startedAt": NOW.isoformat(), "seconds": 40.0, "complete": True}
    return Run.model_validate({**named, **tally.summary(NOW)})


def rounds(count: int) -> list[Round]:
    check = {"layer": "machines", "name": "general-0", "latencyMs": 40, "detail": "x"}
    return [
        Round(
            checked_at=NOW + timedelta(seconds=10 * number),
            score=100,
            checks=(PastCheck.model_validate({**check, "status": "unhealthy" if number == 3 else "healthy"}),),
        )
        for number in range(count)
    ]


@pytest.fixture
def page(outputs: Outputs, session: Session) -> str:
    finding = {"layer": "kubernetes", "kind": "Deployment", "resource": "catalogue/api", "property": "spec.replicas"}
    drift = {"checkedAt": NOW.isoformat(), "findings": [{**finding, "change": "changed", "was": "2", "is": "<1>"}]}
    path = session.directory / "drift" / "latest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(drift))
    report = report_of(general_1=Status.UNHEALTHY)
    past = {"kind": "update", "startTime": NOW, "endTime": NOW + timedelta(seconds=92), "result": "succeeded"}
    past |= {"message": "Add a pool", "resourceChanges": {"same": 3, "create": 140}}
    runs = [run_of(0), run_of(5)]
    return render(
        Content(
            report,
            rounds(8),
            full=True,
            picture=topology.draw(outputs, report),
            budget=budget(99.99, runs, now=NOW),
            runs=runs,
            drift=drift_summary(session),
            past=[PastChange.model_validate(past)],
        )
    )


@pytest.mark.parametrize(
    "shown",
    [
        "catalogue.localhost:8443", "pool general", "control plane", "dedicated=database:NoSchedule", "2 cpu, 1.5 GiB",
        "5 failed (timeout 5), longest gap 1.0 s", "263 s error budget", "spec.replicas", "&lt;1&gt;",
        "140 create", "Add a pool",
    ],
)  # fmt: skip
def test_page_shows(page: str, shown: str) -> None:
    assert shown in page


def test_page_loads_nothing_and_holds_no_secret(page: str) -> None:
    assert not re.search(r"<(script|link|img|iframe|object)\b|url\(|@import", page)
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["https://catalogue.localhost:8443"]
    assert "default-src 'none'" in page
    assert "hush" not in page


def test_texts_are_never_markup(page: str) -> None:
    assert "&lt;b&gt;clock&lt;/b&gt;" in page
    assert "<b>clock" not in page


def test_topology_has_every_machine_in_the_colour_of_its_health(outputs: Outputs) -> None:
    drawn = topology.draw(outputs, report_of(general_1=Status.UNHEALTHY, database_0=Status.SKIPPED))
    boxes = re.findall(r'class="box (\w+)"[^>]*/><text class="name"[^>]*>([\w-]+)<', drawn)
    by_name = {name: state for state, name in boxes}
    assert by_name.keys() == {*MACHINES, "users", "registry"}
    assert (by_name["general-0"], by_name["general-1"], by_name["database-0"]) == ("healthy", "unhealthy", "skipped")
    titles = [group.title for group in topology.groups(outputs.nodes)]
    assert titles == ["control plane", "pool general", "pool database"]


def test_without_a_drift_run_the_page_says_so(session: Session) -> None:
    assert drift_summary(session) is None
    shown = render(Content(report_of(), [], full=True))
    assert "No drift run yet." in shown
    assert "Nothing was measured yet." in shown


def test_a_health_page_has_charts_and_nothing_else() -> None:
    shown = render(Content(report_of(), rounds(8)))
    assert shown.count('<rect class="unhealthy"') == 1
    assert "polyline" in shown
    assert "Topology" not in shown


def test_charts_show_the_newest() -> None:
    strip = charts.strip(rounds(charts.MOST_ROUNDS + 5), "machines", "general-0")
    assert strip.count("<rect") == charts.MOST_ROUNDS
    assert "unhealthy" not in strip  # that was the fourth round
    assert charts.line([1.0], "x") == ""
    assert charts.bars([run_of(0), run_of(1)]).count('class="unhealthy"') == 1


def test_health_is_remembered_and_changes_are_told(session: Session) -> None:
    before, now = report_of(), report_of(general_1=Status.UNHEALTHY)
    remember(session, before)
    remember(session, now)
    first, second = rounds_of(session)
    assert first.healthy
    assert (second.score, second.healthy) == (80, False)
    assert [check.detail is None for check in second.checks] == [True, True, True, False, True]
    assert changes(before, before) == []
    (line,) = changes(before, now)
    assert line.startswith("general-1: healthy -> unhealthy: disk 8 %")
    assert len(changes(None, now)) == 1


def test_changes_say_how_long_they_took() -> None:
    under_way = PastChange.model_validate({"kind": "update", "startTime": NOW, "resourceChanges": {"same": 5}})
    assert under_way.seconds is None
    assert under_way.summary == "nothing"
