"""What becomes of findings: ignored, kept, told, measured, and nothing secret in any of it."""

from __future__ import annotations

import http.server
import json
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from operations.drift import history, metrics, report_page, webhook
from operations.drift.command import exit_code
from operations.drift.finding import Author, Change, DriftReport, Finding, Unchecked
from operations.drift.hosts import changes
from operations.drift.ignore_file import read_ignore_list
from operations.drift.machines.container import actual_properties, property_differences, recorded_properties
from operations.drift.secret_texts import SIGNATURE, Redaction, revealed, secret_texts
from operations.failure import OperationFailedError
from operations.forgotten_runs import without_digests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FINDING = Finding(
    layer="kubernetes", kind="Deployment", resource="catalogue/api", property="spec.replicas", change=Change.CHANGED,
    was="2", now="<3>", author=Author(name="alice", via="kubectl", source="audit log"),
)  # fmt: skip


def report(*findings: Finding, **more: Any) -> DriftReport:  # noqa: ANN401
    return DriftReport(
        environment="local", checked_at=datetime(2026, 1, 2, tzinfo=UTC), seconds=1.5,
        layers=("machines", "hosts", "kubernetes"), findings=findings, **more,
    )  # fmt: skip


def ignore_file(directory: Path, *entries: str) -> Path:
    path = directory / "drift-ignore.yaml"
    path.write_text("ignore:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


GOOD = "{layer: kubernetes, resource: catalogue/*, property: spec.replicas, reason: load test, until: 2026-03-01}"


def test_an_entry_covers_what_it_names_until_its_end(tmp_path: Path) -> None:
    listed = read_ignore_list(ignore_file(tmp_path, GOOD), today=date(2026, 3, 1))
    other = FINDING.model_copy(update={"property": "spec.paused"})
    counting, ignored = listed.applied([FINDING, other], "local")
    assert counting == [other]
    assert [(one.finding, one.reason) for one in ignored] == [(FINDING, "load test")]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (GOOD.replace(", reason: load test", ""), "ignore[0].reason: is missing: say why"),
        (GOOD.replace("load test", "why"), "ignore[0].reason: "),
        (GOOD.replace(", until: 2026-03-01", ""), "ignore[0].until: is missing: say when"),
        (GOOD.replace("2026-03-01", "2026-01-01"), "is over. Decide again"),
        (GOOD.replace("2026-03-01", "2028-01-01"), "more than a year away"),
        (GOOD.replace("layer: kubernetes", "layer: cloud"), "ignore[0].layer: "),
        (GOOD.replace("}", ", colour: red}"), "ignore[0].colour: "),
    ],
)
def test_an_entry_with_a_mistake_is_an_error_before_anything_is_compared(tmp_path: Path, entry: str, text: str) -> None:
    with pytest.raises(OperationFailedError, match="nothing was compared") as failure:
        read_ignore_list(ignore_file(tmp_path, entry), today=date(2026, 2, 1))
    assert text in str(failure.value)
    assert failure.value.code == 2


def test_brackets_in_a_property_stand_for_themselves(tmp_path: Path) -> None:
    entry = GOOD.replace("spec.replicas", '"spec.containers[api].*"')
    listed = read_ignore_list(ignore_file(tmp_path, entry), today=date(2026, 2, 1))
    inside = FINDING.model_copy(update={"property": "spec.containers[api].image"})
    assert listed.applied([inside, FINDING], "local")[0] == [FINDING]


def test_drift_wins_over_what_could_not_be_looked_at() -> None:
    hidden = (Unchecked(layer="hosts", what="x", why="down"),)
    assert [exit_code(report()), exit_code(report(FINDING)), exit_code(report(unchecked=hidden))] == [0, 7, 1]
    assert exit_code(report(FINDING, unchecked=hidden)) == 7


def test_metrics_count_by_layer_and_change() -> None:
    text = metrics.metrics_text(report(FINDING, new=(FINDING.key,)))
    assert 'slipway_drift_findings{environment="local",layer="kubernetes",change="changed"} 1\n' in text
    assert 'slipway_drift_new_findings{environment="local"} 1\n' in text
    assert "catalogue" not in text


def test_page_escapes_what_it_shows() -> None:
    text = report_page.page(report(FINDING, new=(FINDING.key,)))
    assert "&lt;3&gt;" in text
    assert "<3>" not in text
    assert "alice (kubectl; audit log)" in text
    assert "http" not in text  # nothing is loaded from anywhere


def test_a_report_reads_back_as_it_was() -> None:
    wanted = report(FINDING, new=(FINDING.key,))
    text = wanted.model_dump_json(by_alias=True)
    assert json.loads(text)["findings"][0]["is"] == "<3>"
    assert DriftReport.model_validate_json(text) == wanted


def test_a_run_of_one_layer_keeps_what_is_known_of_the_others() -> None:
    before = report(FINDING, FINDING.model_copy(update={"layer": "hosts"}))
    looked = report().model_copy(update={"layers": ("kubernetes",)})
    kept = history.with_other_layers(looked, before)
    assert ([one.layer for one in kept.findings], kept.layers) == (["hosts"], ("machines", "hosts", "kubernetes"))


class Receiver:
    """A server that refuses the first requests and takes the next."""

    def __init__(self, refusals: int) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.refusals = refusals
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.bodies.append(body)
                self.send_response(503 if len(receiver.bodies) <= receiver.refusals else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=canary"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(refusals=1)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_webhook_hears_of_what_is_new_and_is_asked_again(receiver: Receiver) -> None:
    known = FINDING.model_copy(update={"property": "spec.paused"})
    assert webhook.tell(receiver.url, report(FINDING, known, new=(FINDING.key,))) is None
    assert len(receiver.bodies) == 2
    assert [one["property"] for one in receiver.bodies[-1]["new"]] == ["spec.replicas"]
    assert receiver.bodies[-1]["findings"] == {"machines": 0, "hosts": 0, "kubernetes": 2}


def test_the_webhook_hears_nothing_when_nothing_is_new(receiver: Receiver) -> None:
    assert webhook.tell(receiver.url, report(FINDING)) is None
    assert receiver.bodies == []


def test_a_webhook_that_fails_is_told_without_its_address(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_is_worth_another_try", lambda _: False)
    receiver.refusals = 9
    trouble = webhook.tell(receiver.url, report(FINDING, new=(FINDING.key,)))
    assert trouble is not None
    assert "503" in trouble or "answered" in trouble
    assert "canary" not in trouble


@pytest.mark.parametrize("url", ["http://example.com/hook", "ftp://x", "nonsense"])
def test_a_webhook_without_tls_is_refused(url: str) -> None:
    with pytest.raises(OperationFailedError) as failure:
        webhook.webhook_address({webhook.VARIABLE: url})
    assert failure.value.code == 2


def test_redaction_hides_secrets_in_every_spelling_but_not_what_is_said_in_plain() -> None:
    marked = {SIGNATURE: "1", "plaintext": json.dumps({"password": "Y2FuYXJ5LXNlY3JldA==", "user": "catalogue"})}
    texts = list(secret_texts({"data": marked, "plain": "catalogue"}))
    hide = Redaction(texts, said_in_plain=["catalogue"])
    assert hide("x canary-secret Y2FuYXJ5LXNlY3JldA== catalogue") == "x [secret] [secret] catalogue"
    assert revealed({"data": marked})["data"]["user"] == "catalogue"


def test_container_properties_that_nobody_set_are_not_compared() -> None:
    seen = {
        "Name": "/web",
        "State": {"Status": "running"},
        "HostConfig": {
            "RestartPolicy": {"Name": "no"}, "Memory": 64 << 20, "MemorySwap": 128 << 20, "NanoCpus": 1_500_000_000,
            "PidsLimit": None,
        },
        "NetworkSettings": {"Networks": {"net": {"IPAddress": "10.0.0.5"}, "other": {"IPAddress": "10.1.0.2"}}},
    }  # fmt: skip
    inputs = {
        "name": "web",
        "memory": 64,
        "cpus": "1",
        "networksAdvanced": [{"name": "net", "ipv4Address": "10.0.0.5"}],
    }
    found = property_differences(recorded_properties(inputs), actual_properties(seen))
    assert found == [("cpus", "1", "1.5"), ("network other", "", "10.1.0.2")]


def test_a_container_on_the_network_of_its_host_has_not_drifted() -> None:
    seen = {
        "Name": "/relay",
        "State": {"Status": "running"},
        "HostConfig": {"RestartPolicy": {"Name": "no"}},
        "NetworkSettings": {"Networks": {"host": {"IPAddress": ""}}},
    }
    actual = actual_properties(seen)

    assert property_differences(recorded_properties({"networkMode": "host"}), actual) == []
    own = {"networkMode": "bridge", "networksAdvanced": [{"name": "own", "ipv4Address": "10.1.0.2"}]}
    assert "network bridge" not in recorded_properties(own)
    assert property_differences(recorded_properties({}), actual) == [("network host", "", "connected")]


def test_a_changed_file_is_told_by_the_lines_that_differ() -> None:
    change = {
        "host": "web-0",
        "task": "host : Settings",
        "module": "slipway_files",
        "details": {
            "diff": [
                {
                    "before_header": "/etc/a (0644)",
                    "after_header": "/etc/a (0600)",
                    "before": "a\nx\n",
                    "after": "a\nb\n",
                },
                {"before_header": "/etc/b (absent)", "after_header": "/etc/b (0644)", "before": "", "after": "b\n"},
            ],
            "settings": [{"name": "vm.x", "now": "1", "wanted": "0"}],
            "stale": ["ssh.service"],
        },
    }
    told = [(one.property, one.change.value, one.was, one.now) for one in changes.findings(change, "urn")]
    assert told == [
        ("file /etc/a", "changed", "mode 0600; b", "mode 0644; x"),
        ("file /etc/b", "missing", "mode 0644", ""),
        ("sysctl vm.x", "changed", "0", "1"),
    ]


def test_only_the_digest_of_the_named_runs_is_forgotten() -> None:
    run = {"urn": "a", "type": "slipway:index:AnsibleRun", "inputs": {"digest": "1", "playbook": "p"}}
    state = {"deployment": {"resources": [run, {**run, "urn": "b"}]}}
    resources = json.loads(without_digests(json.dumps(state), {"a"}))["deployment"]["resources"]
    assert [item["inputs"]["digest"] for item in resources] == ["", "1"]
    assert resources[0]["inputs"]["playbook"] == "p"
