"""The page of a preview on a running environment: nothing to say of no change, everything of a bad one, no secret ever.

It changes nothing; it comes before the tests that do, by its name.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from operations.preview.document import Form, written
from operations.preview.page import Page
from tests.e2e.environment import NAME, ROOT, EndToEnd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SHORTEST_SECRET = 8
NEW = "e2e-new"
"""An environment that is never brought up."""
BAD_CHANGE = "  slipway:frontend:\n    replicas: 90\n"


def preview(environment: EndToEnd, name: str = NAME) -> Page:
    """Return the page of a real preview."""
    done = environment.slipway("preview", name, "--json")
    page = Page.model_validate_json(done.stdout)
    assert (page.environment, page.exit_code) == (name, done.returncode)
    return page


def secrets_of(environment: EndToEnd, name: str = NAME) -> set[str]:
    """Return the texts of all secrets in the state."""
    script = f"{environment.slipway('env', name).stdout}\npulumi stack export --show-secrets --stack {name}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    texts = {text for text in _secret_texts(json.loads(done.stdout), secret=False) if len(text) >= SHORTEST_SECRET}
    # A name that is also said in plain, such as that of the registry, is no secret.
    plain = set(_plain_texts(json.loads(done.stdout)))
    return texts - plain


def test_an_environment_that_does_not_exist_yet_has_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    new = EndToEnd(file=ROOT / "environments" / f"Pulumi.{NEW}.yaml")
    try:
        new.write_file()
        page = preview(new, NEW)
    finally:
        new.file.unlink(missing_ok=True)
    assert page.exit_code == 0
    assert page.counts["create"] > 100
    assert {action for action, count in page.counts.items() if count} == {"create"}
    assert (page.risks, page.foresight, page.policies) == ([], [], [])
    assert page.not_foreseen == ["The cluster is not there yet: pods are counted by the plan alone."]


def test_no_change_has_an_empty_page(environment: EndToEnd) -> None:
    page = preview(environment)
    assert page.exit_code == 0
    assert (page.layers, page.risks, page.hosts, page.policies, page.messages) == ([], [], [], [], [])
    assert page.foresight == []
    assert page.not_foreseen == []


def test_a_bad_change_is_known_before_and_no_secret_is_on_its_page(environment: EndToEnd) -> None:
    environment.general_size = 1
    environment.write_file()
    environment.file.write_text(environment.file.read_text() + BAD_CHANGE)
    try:
        page = preview(environment)
    finally:
        environment.general_size = 2
        environment.write_file()
    assert page.exit_code == 0
    assert [layer.layer for layer in page.layers] == ["machines", "hosts", "cluster", "workload"]
    assert ("machine", "general-1", "delete") in {(risk.kind, risk.name, risk.action) for risk in page.risks}
    assert [finding.about for finding in page.foresight if finding.check == "fit"] == ["Deployment catalogue/frontend"]
    balancer = [run for run in page.hosts if run.playbook == "load_balancer_workers.yml"]
    assert "-    server general-1" in "\n".join(change.diff for run in balancer for change in run.changes)
    secrets = secrets_of(environment)
    assert len(secrets) > 20
    for form in Form:
        text = written(page, form)
        assert not [secret for secret in secrets if secret in text]


def _secret_texts(value: Any, *, secret: bool) -> Iterator[str]:  # noqa: ANN401 - a state is dynamic
    if isinstance(value, dict):
        if SIGNATURE in value and "plaintext" in value:
            yield from _secret_texts(json.loads(value["plaintext"]), secret=True)
            return
        for item in value.values():
            yield from _secret_texts(item, secret=secret)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_texts(item, secret=secret)
    elif secret and isinstance(value, str):
        yield value
        yield from (line for line in value.splitlines() if "-----" not in line)


def _plain_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - likewise
    if isinstance(value, dict):
        if SIGNATURE not in value:
            for item in value.values():
                yield from _plain_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _plain_texts(item)
    elif isinstance(value, str):
        yield value
        yield from value.splitlines()
