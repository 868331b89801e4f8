"""What the drift watch is told, what it finds, and what of all that is secret."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from operations.drift import webhook
from operations.drift.finding import SECRET, Change, DriftReport, Finding
from operations.drift.ignore import Entry, IgnoreList
from operations.drift.kubernetes.cluster import Cluster, key_of, read_cluster
from operations.drift.recorded import recorded_state
from operations.drift.secret_texts import SIGNATURE
from operations.drift.watch import __main__ as watch
from operations.drift.watch import history
from operations.drift.watch.look import compared
from operations.drift.watch.publish import make_record
from operations.drift.watch.record import Record, pack, unpack
from operations.failure import OperationFailedError
from operations.stack_state import parse_state
from tests.unit.operations import servers

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct-horse-battery"
AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
BEFORE, AFTER = "2026-01-02T11:59:00Z", "2026-01-02T12:01:00Z"


def _secret(text: str) -> dict[str, str]:
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(text)}


def _object(kind: str, name: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401
    fields = {"f:data": {f"f:{key}": {} for key in content.get("data", {})}}
    own = {"manager": "pulumi-kubernetes-1", "operation": "Apply", "time": BEFORE, "fieldsV1": fields}
    metadata = {"name": name, "namespace": "shop", "uid": name, "managedFields": [own]}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}


def _resource(wanted: dict[str, Any]) -> dict[str, Any]:
    urn = f"urn:pulumi:trial::slipway::kubernetes:core/v1:{wanted['kind']}::{wanted['metadata']['name']}"
    return {"urn": urn, "type": f"kubernetes:core/v1:{wanted['kind']}", "inputs": wanted, "outputs": wanted}


MARKED = _object("ConfigMap", "settings", data={"url": _secret(PASSWORD), "note": f"it is {PASSWORD}", "size": "3"})
NODE = {"name": "general-0", "roles": ["worker"], "pool": "general", "hostKey": "ssh-ed25519 AAAA"}
STACK = "pulumi:pulumi:Stack"
RESOURCES = [
    {"urn": f"urn:pulumi:trial::slipway::{STACK}::s", "type": STACK, "outputs": {"nodes": [NODE]}},
    _resource(MARKED),
    _resource(_object("Secret", "login", data={"password": _secret(PASSWORD)})),
]  # fmt: skip


@pytest.fixture
def record() -> Record:
    state = recorded_state(parse_state(json.dumps({"deployment": {"resources": RESOURCES}})))
    return unpack(pack(make_record("trial", AT, state, IgnoreList())))


@pytest.fixture
def live() -> dict[str, Any]:
    found = copy.deepcopy(MARKED)
    found["data"] = {"url": PASSWORD, "note": f"it is {PASSWORD}", "size": "3"}
    return found


def _cluster(*objects: dict[str, Any]) -> Cluster:
    node = {"apiVersion": "v1", "kind": "Node", "spec": {}, "metadata": {"name": "general-0"}}
    node["metadata"]["labels"] = {"slipway.io/pool": "general"}  # type: ignore[index]
    return Cluster({}, {key_of(one): one for one in (*objects, node)}, frozenset({("", "Secret")}))


def _change(live: dict[str, Any], key: str, value: str, *, manager: str = "kubectl-edit", time: str = AFTER) -> None:
    live["data"][key] = value
    # Whoever writes another value owns it alone.
    live["metadata"]["managedFields"][0]["fieldsV1"] = {}
    fields = {"f:data": {f"f:{key}": {}}}
    live["metadata"]["managedFields"].append(
        {"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields}
    )


def test_a_record_holds_no_secret_and_no_more_than_is_compared(record: Record) -> None:
    text = record.model_dump_json()

    assert PASSWORD not in text
    assert [one.name for one in record.resources] == ["settings"]
    assert record.machines == [{"name": "general-0", "roles": ["worker"], "pool": "general"}]


def test_hashes_of_two_records_differ(record: Record) -> None:
    state = recorded_state(parse_state(json.dumps({"deployment": {"resources": RESOURCES}})))
    other = make_record("trial", AT, state, IgnoreList())

    assert record.resources[0].outputs["data"]["url"] != other.resources[0].outputs["data"]["url"]
    assert record.resources[0].outputs["data"]["size"] == other.resources[0].outputs["data"]["size"]


def test_nothing_is_found_where_nothing_changed(record: Record, live: dict[str, Any]) -> None:
    found = compared(record, _cluster(live))

    assert (found.findings, found.unchecked) == ([], [])


def test_a_change_is_found_with_the_program_that_made_it(record: Record, live: dict[str, Any]) -> None:
    _change(live, "size", "4")
    (finding,) = compared(record, _cluster(live)).findings

    assert (finding.resource, finding.property, finding.was, finding.now) == ("shop/settings", "data.size", "3", "4")
    assert finding.author is not None
    assert finding.author.name == "somebody with kubectl-edit"


def test_a_changed_secret_is_found_and_neither_it_nor_its_hash_is_told(record: Record, live: dict[str, Any]) -> None:
    _change(live, "url", "another")
    (finding,) = compared(record, _cluster(live)).findings

    assert (finding.property, finding.was, finding.now) == ("data.url", SECRET, SECRET)


@pytest.mark.parametrize(("time", "findings", "unchecked"), [(BEFORE, 1, 0), (AFTER, 0, 1)])
def test_what_an_update_changed_after_the_record_is_not_judged(
    record: Record, live: dict[str, Any], time: str, findings: int, unchecked: int
) -> None:
    _change(live, "size", "4", manager="pulumi-kubernetes-1", time=time)
    found = compared(record, _cluster(live))

    assert (len(found.findings), len(found.unchecked)) == (findings, unchecked)


def test_what_is_gone_and_what_nobody_recorded_is_found(record: Record) -> None:
    stranger = _object("ConfigMap", "stranger", data={"a": PASSWORD})
    stranger["metadata"]["managedFields"][0]["manager"] = "kubectl-create"
    found = compared(record, _cluster(stranger)).findings

    assert {(one.resource, one.change) for one in found} == {
        ("shop/settings", Change.MISSING), ("shop/stranger", Change.UNRECORDED),
    }  # fmt: skip
    assert PASSWORD not in str(found)


def test_its_own_record_is_no_drift_unless_somebody_else_wrote_it(record: Record, live: dict[str, Any]) -> None:
    own = _object("Secret", "recorded", data={"recorded.json.gz": "AA=="})
    own["metadata"]["managedFields"][0]["manager"] = "slipway-recorder"
    stranger = copy.deepcopy(own)
    stranger["metadata"]["name"] = "other"

    assert compared(record, _cluster(live, own)).findings == []
    assert [one.resource for one in compared(record, _cluster(live, stranger)).findings] == ["shop/other"]


def test_an_entry_counts_until_its_end() -> None:
    def entry(until: date) -> Entry:
        return Entry(layer="kubernetes", resource="*", reason="load test", until=until)

    running, ended = entry(date(2999, 1, 1)), entry(date(2026, 1, 1))
    fields: dict[str, Any] = {"environment": "trial", "at": AT, "key": "k", "machines": [], "resources": []}

    assert Record(**fields, ignore=[running, ended]).ignore_list().entries == (running,)


def _api(answers: dict[str, httpx.Response]) -> httpx.AsyncClient:
    def answer(request: httpx.Request) -> httpx.Response:
        return answers.get(request.url.path, httpx.Response(404))

    return httpx.AsyncClient(base_url="https://api", transport=httpx.MockTransport(answer))


async def test_a_kind_that_may_not_be_listed_is_refused_and_not_empty() -> None:
    resource = {"resource": "secrets", "responseKind": {"kind": "Secret"}, "scope": "Namespaced", "verbs": ["list"]}
    core = {"items": [{"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [resource]}]}]}
    answers = {"/api": core, "/apis": {"items": []}}
    responses = {path: httpx.Response(200, json=body) for path, body in answers.items()}
    async with _api({**responses, "/api/v1/secrets": httpx.Response(403)}) as http:
        cluster = await read_cluster(http)

    assert (cluster.objects, cluster.refused) == ({}, frozenset({("", "Secret")}))


FINDING = Finding(layer="kubernetes", kind="ConfigMap", resource="shop/a", property="object", change=Change.MISSING)
REPORT = DriftReport(
    environment="trial", checked_at=AT, seconds=1, layers=("kubernetes",), findings=(FINDING,), new=(FINDING.key,)
)


def _pod(name: str, phase: str, at: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "creationTimestamp": at}, "status": {"phase": phase}}


async def test_the_run_before_is_read_from_the_log_of_the_newest_pod_that_has_ended() -> None:
    pods = [_pod("old", "Succeeded", BEFORE), _pod("mine", "Running", AFTER), _pod("last", "Succeeded", AFTER)]
    log = f"{REPORT.model_dump_json(by_alias=True)}\na word to people\n"
    path = "/api/v1/namespaces/slipway-drift/pods"
    listed = httpx.Response(200, json={"items": pods})
    async with _api({path: listed, f"{path}/last/log": httpx.Response(200, text=log)}) as http:
        assert await history.latest(http) == REPORT
    async with _api({path: listed, f"{path}/last/log": httpx.Response(200, text="torn {")}) as http:
        assert await history.latest(http) is None


def test_a_watch_without_a_record_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OperationFailedError, match=r"nothing is recorded yet: .*slipway up"):
        watch.read_record(tmp_path / "recorded.json.gz")
    (tmp_path / "recorded.json.gz").write_bytes(b"no archive")
    with pytest.raises(OperationFailedError, match="another version"):
        watch.read_record(tmp_path / "recorded.json.gz")


def test_what_is_new_is_told_to_the_webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = servers.make_authority(tmp_path / "ca")
    answers = servers.Answers({"/hook": (200, b"thanks")})
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    assert watch.told(REPORT, tmp_path) == []
    with servers.https(answers, authority) as address:
        port = address.rpartition(":")[2]
        (tmp_path / "at").write_text("127.0.0.1")
        # A name that resolves nowhere, which the server's certificate is for.
        (tmp_path / "url").write_text(f"https://{servers.NAME}:{port}/hook")
        assert watch.told(REPORT, tmp_path) == []
        assert [path for _, path in answers.asked] == ["/hook"]
        (tmp_path / "url").write_text(f"https://{servers.NAME}:{port}/elsewhere")
        assert watch.told(REPORT, tmp_path) == [
            f"The webhook at {servers.NAME} answered 404; 1 new differences untold."
        ]
        monkeypatch.setattr(webhook, "_is_worth_another_try", lambda _: False)
        (tmp_path / "url").write_text(f"https://other.example:{port}/hook")
        assert "CERTIFICATE_VERIFY_FAILED" in watch.told(REPORT, tmp_path)[0]


def test_a_run_is_told_in_one_line(record: Record) -> None:
    quiet = REPORT.model_copy(update={"findings": (), "new": ()})

    assert watch.summary(REPORT, record) == "drift: 1 differences, 1 of them new since 2026-01-02 12:00:00 UTC."
    assert watch.summary(quiet, record) == "no drift since 2026-01-02 12:00:00 UTC."
