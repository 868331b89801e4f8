"""What check runs are asked and what they answer: kernel settings, details of changes, runs that go together."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from operations.drift.hosts.check_runs import check_runs
from operations.drift.recorded import recorded_state
from operations.drift.secret_texts import SIGNATURE
from operations.stack_state import HOST_RUN, parse_state
from plugins.slipway.ansible.redaction import Redaction
from plugins.slipway.ansible.run_events import RunEvents
from plugins.slipway.ansible.run_outcome import RunOutcome

ROOT = Path(__file__).resolve().parents[3]


def test_the_running_kernel_is_compared_with_the_file() -> None:
    path = ROOT / "playbooks/library/slipway_files.py"
    spec = importlib.util.spec_from_file_location("slipway_files", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    content = "# kernel.ostype = Comment\nkernel.ostype = Linux\n-kernel.no_such_thing = 1\nnet.ipv4.conf.lx*.x = 1\n"
    assert module.kernel_differences(content) == []
    assert module.kernel_differences("-kernel.ostype = Other\n") == [
        {"name": "kernel.ostype", "now": "Linux", "wanted": "Other"}
    ]


def event(result: dict[str, Any]) -> dict[str, Any]:
    data = {"host": "web-0", "task": "Settings", "resolved_action": "slipway_files", "res": {"changed": True, **result}}
    return {"event": "runner_on_ok", "event_data": data}


def test_details_come_only_when_they_are_asked_for_and_without_secrets() -> None:
    result = {
        "diff": [{"before": "password canary-secret\n", "after": ""}],
        "invocation": {"module_args": {"name": "x"}},
    }
    for details in (True, False):
        outcome = RunOutcome()
        RunEvents(outcome, Redaction(["canary-secret"]), lambda _: None, details=details)(event(result))
        [change] = outcome.changes
        assert change.module == "slipway_files"
        assert bool(change.details) is details
        assert "canary" not in json.dumps(change.details)


def recorded(name: str, *, volumes: int = 0) -> dict[str, Any]:
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps("canary-secret")}
    return {
        "urn": f"urn:pulumi:local::slipway::{HOST_RUN}::{name}-prepare",
        "type": HOST_RUN,
        "inputs": {
            "playbook": "prepare.yml",
            "hosts": [{"name": name, "address": "10.0.0.1", "hostKey": "ssh-ed25519 A"}],
            "sshPrivateKey": secret,
            "variables": {"local_volumes_count": volumes},
        },
    }


def test_runs_that_differ_in_their_machines_alone_are_one() -> None:
    resources = [recorded("a"), recorded("b"), recorded("c", volumes=1)]
    state = recorded_state(parse_state(json.dumps({"deployment": {"resources": resources}})))
    runs = check_runs(state, 60)
    assert [run.machines for run in runs] == [["a", "b"], ["c"]]
    request = runs[0].request
    assert (request["check"], request["details"], request["tolerate_unreachable"]) == (True, True, True)
    assert request["private_key"] == "canary-secret"
    assert request["secret_values"] == ["canary-secret"]
    assert runs[0].urns["b"].endswith("b-prepare")
