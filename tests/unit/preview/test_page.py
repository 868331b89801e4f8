"""The page of recorded previews: what stands where, in every form, and no secret in any."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from operations.failure import OperationFailedError
from operations.preview.document import Form, form_of, named_form, written
from operations.preview.engine_events import read_plan
from operations.preview.markdown import LONGEST, to_markdown
from operations.preview.page import Page, make_page
from operations.preview.values import SIGNATURE, shown, value_at, without_secrets

from .conftest import PLANS, recorded

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-of-a-password"


def page(name: str) -> Page:
    return make_page("preview", recorded(name), exit_code=0)


def event(operation: str, inputs: dict[str, Any], kind: str = "slipway:index:Password", **more: Any) -> str:  # noqa: ANN401
    urn = f"urn:pulumi:e::slipway::{kind}::x"
    state = {"custom": True, "inputs": inputs, "outputs": {}}
    metadata = {"op": operation, "urn": urn, "type": kind, "old": state, "new": state, **more}
    return json.dumps({"resOutputsEvent": {"metadata": metadata}})


def layers(of: Page) -> dict[str, list[tuple[str, str]]]:
    return {part.layer: [(change.action, change.name) for change in part.changes] for part in of.layers}


def test_counts_are_those_of_the_engine() -> None:
    assert page("first").counts["create"] == 122
    assert page("unchanged").counts == {"replace": 0, "delete": 0, "update": 0, "create": 0, "same": 122}
    assert page("unchanged").layers == []


def test_every_layer_has_its_own_changes() -> None:
    found = layers(page("change"))
    assert list(found) == ["machines", "hosts", "cluster", "workload"]
    assert ("update", "general-0") in found["machines"]
    assert ("update", "general-0-prepare") in found["hosts"]
    assert ("update", "general-0-join") in found["cluster"]
    assert found["workload"] == [("update", "frontend")]


def test_a_first_preview_sorts_everything_into_layers() -> None:
    found = layers(page("first"))
    assert {"network", "registry", "database-0"} <= {name for _, name in found["machines"]}
    assert ("create", "cilium-agent") in found["cluster"]
    assert {"api", "frontend", "database"} <= {name for _, name in found["workload"]}


def test_what_is_replaced_and_data_at_risk_come_first() -> None:
    text = to_markdown(page("replace"))
    assert text.index("at risk") < text.index("<b>machines</b>")
    told = [(risk.kind, risk.name, risk.action) for risk in page("replace").risks]
    machines = {("database-0", "replace"), ("general-1", "delete"), ("load-balancer", "replace")}
    assert set(told[:3]) == {("machine", name, action) for name, action in machines}
    assert told[3:] == [("data", "database-0-data", "replace")]  # the key of a machine that goes is no loss
    (balancer,) = [risk for risk in page("replace").risks if risk.name == "load-balancer"]
    assert balancer.because == ["ports[0].external"]


def test_properties_show_what_was_and_what_will_be() -> None:
    (frontend,) = [each for part in page("change").layers for each in part.changes if each.name == "frontend"]
    (replicas,) = frontend.properties
    assert (replicas.path, replicas.before, replicas.after) == ("spec.replicas", "2", "3")


def test_each_host_has_the_diff_of_its_check_run() -> None:
    runs = {run.host: run for run in page("change").hosts if run.playbook == "prepare.yml"}
    assert set(runs) == {"load-balancer", "control-plane-0", "general-0", "general-1", "database-0"}
    assert "+SystemMaxUse=333M" in runs["database-0"].changes[0].diff
    assert [change.subject for change in runs["general-0"].changes][1].startswith("/etc/kubernetes/kubelet.conf.d/")
    assert {names for names, run in page("change").alike if run.playbook == "prepare.yml"} == {
        "control-plane-0, database-0, load-balancer",
        "general-0, general-1",
    }


def test_a_check_run_that_did_not_take_place_says_why() -> None:
    assert {run.reason for run in page("replace").hosts} == {"what the run needs is not known before the update"}


def test_policy_findings_are_told_with_their_reason() -> None:
    told = {(each.rule, each.severity, each.resource) for each in page("change").policies}
    assert ("unprivileged-user", "mandatory", "cilium-operator") in told
    assert all(each.why and each.text for each in page("change").policies)


def test_a_preview_that_only_a_rule_fails_is_complete() -> None:
    assert page("change").complete
    assert page("change").messages == []


def test_a_preview_that_breaks_off_says_so_and_shows_the_error() -> None:
    said = {"diagnosticEvent": {"severity": "error", "message": "pool `x` is missing\n", "urn": "a::b::t::general-0"}}
    broken = make_page("e", read_plan([json.dumps(said), '{"cut of']), exit_code=255)
    assert not broken.complete
    text = to_markdown(broken)
    assert "did not come to its end" in text
    assert "pool `x` is missing" in text
    assert "general\\-0" not in text


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("name", ["first", "unchanged", "change", "replace"])
def test_every_form_tells_of_every_plan(name: str, form: Form) -> None:
    text = written(page(name), form)
    assert "preview" in text
    if form is Form.JSON:
        assert Page.model_validate_json(text) == page(name)
    if form is Form.HTML:
        _well_formed(text)


@pytest.mark.parametrize("form", Form)
def test_no_secret_is_on_the_page(form: Form) -> None:
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": CANARY}
    paths = {path: {"diffKind": "update"} for path in ("value", "nested.deep", "adminPassword", "map", "data.key")}
    inputs = {
        "value": secret,
        "nested": {"deep": secret},
        "adminPassword": CANARY,
        "map": {"token": CANARY, "x": secret},
    }
    object_inputs = {"apiVersion": "v1", "kind": "Secret", "data": {"key": CANARY}, "stringData": {"key": CANARY}}
    lines = [
        event("update", inputs, detailedDiff=paths),
        event(
            "update",
            object_inputs,
            "kubernetes:core/v1:Secret",
            detailedDiff={"data.key": {}, "data": {}, "stringData": {}},
        ),
    ]
    text = written(make_page("e", read_plan(lines), exit_code=0), form)
    assert "adminPassword" in text
    assert CANARY not in text


def test_a_boolean_that_is_called_like_a_secret_is_shown() -> None:
    assert shown(False, "spec.automountServiceAccountToken") == "false"
    assert without_secrets({"automountServiceAccountToken": True}) == {"automountServiceAccountToken": True}


def test_the_recorded_plans_hold_no_secret_and_no_path_of_a_machine() -> None:
    for plan in PLANS.glob("*.jsonl"):
        text = plan.read_text()
        assert not re.search(r"PRIVATE KEY|\$2[aby]\$|/root/|/home/(?!slipway/)|/tmp/(?!:)", text)


def test_values_from_outside_do_not_become_markup() -> None:
    nasty = "</summary><script>alert(1)</script> | `x` **y**\n```\n# z"
    check = {"complete": True, "reason": "", "hosts": {"a": [{"task": nasty, "subject": nasty, "diff": nasty}]}}
    run = event("update", {"hosts": [{"name": "a"}], "playbook": nasty}, "slipway:index:AnsibleRun")
    metadata = json.loads(run)["resOutputsEvent"]["metadata"]
    metadata["new"] = {**metadata["new"], "outputs": {"checkRun": check}}
    made = make_page("e", read_plan([json.dumps({"resOutputsEvent": {"metadata": metadata}})]), exit_code=0)
    html = written(made, Form.HTML)
    assert "<script" not in html
    _well_formed(html)
    markdown = _without_code(to_markdown(made))
    assert "<script" not in markdown
    assert "**y**" not in markdown


def test_a_page_too_long_for_a_comment_is_cut_and_says_so() -> None:
    run = next(run for run in page("change").hosts if run.changes)
    task = run.changes[0].model_copy(update={"diff": "+x\n" * 2000})
    many = [run.model_copy(update={"host": "host", "changes": [task] * 20})]
    text = to_markdown(page("change").model_copy(update={"hosts": many}), longest=4000)
    assert len(text) <= 4000 < LONGEST
    assert "The page is cut here" in text.splitlines()[-1]
    assert len(re.findall(r"^`{3,}", text, re.MULTILINE)) % 2 == 0


def test_the_ending_of_a_file_says_the_form(tmp_path: Path) -> None:
    assert form_of(None, tmp_path / "page.md") is Form.MARKDOWN
    assert form_of(None, tmp_path / "page.HTML") is Form.HTML
    assert form_of(Form.JSON, tmp_path / "page.txt") is Form.JSON
    assert form_of(None, None) is None
    assert named_form("md") is Form.MARKDOWN


def test_bad_input_is_named_before_anything_begins(tmp_path: Path) -> None:
    with pytest.raises(OperationFailedError, match=r"says no form; expected \.md"):
        form_of(None, tmp_path / "page.pdf")
    with pytest.raises(OperationFailedError, match="is no folder"):
        form_of(None, tmp_path / "missing" / "page.md")
    with pytest.raises(OperationFailedError, match="expected markdown, html, json"):
        named_form("pdf")


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b[1].c", 3), ('a["x.y/z"]', 4), ("a.missing.more", None), ("a.b[7]", None)],
)
def test_paths_lead_to_values(path: str, value: object) -> None:
    assert value_at({"a": {"b": [0, {"c": 3}], "x.y/z": 4}}, path) == value


def _without_code(markdown: str) -> str:
    """Return what of a page is no code block."""
    return re.sub(r"^(`{3,})[a-z]*\n.*?^\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)


def _well_formed(html: str) -> None:
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del attrs
            if tag not in {"meta", "br"}:
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Checker().feed(html)
    assert open_tags == []
