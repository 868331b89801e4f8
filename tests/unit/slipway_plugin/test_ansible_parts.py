"""The pure parts of an Ansible run: inventory, variables, redaction, inputs, events and texts.

Ansible itself is run in tests/plugins/slipway.
"""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.resource import Context
from plugins.rpc.values import UNKNOWN, Secret
from plugins.slipway.ansible.failure_text import failure_texts
from plugins.slipway.ansible.inventory import inventory, known_hosts
from plugins.slipway.ansible.redaction import Redaction
from plugins.slipway.ansible.run_events import RunEvents
from plugins.slipway.ansible.run_outcome import RunOutcome, TaskFailure
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.ansible.variables import extra_variables
from plugins.slipway.ansible_inputs import checked, input_failures, run_request
from plugins.slipway.children import Children
from plugins.slipway.resources.ansible_run import AnsibleRunResource

MACHINE = {
    "name": "node-1",
    "address": "10.0.0.7",
    "hostKey": "ssh-ed25519 AAAA comment",
    "pool": "big-data",
    "roles": ["control-plane", "worker"],
    "memoryMib": 2048,
}
INPUTS: dict[str, Any] = {
    "playbook": "main.yml",
    "digest": "sha256:1",
    "hosts": [MACHINE],
    "sshPrivateKey": "KEY",
    "variables": {"a": 1, "hidden": Secret("secret-in-variables")},
    "secretVariables": {"b": ["secret-in-list"]},
}


def test_inventory_has_groups_for_roles_and_pool_and_the_machine_in_ansibles_spelling() -> None:
    rendered = inventory([MACHINE])["all"]
    assert set(rendered["children"]) == {"control_plane", "worker", "pool_big_data"}
    host = rendered["hosts"]["node-1"]
    assert (host["ansible_host"], host["ansible_port"], host["ansible_user"]) == ("10.0.0.7", 22, "slipway")
    assert host["machine"]["memory_mib"] == 2048


def test_known_hosts_names_the_port_only_when_it_is_another() -> None:
    other = {**MACHINE, "sshPort": 2222}
    assert known_hosts([MACHINE, other]) == "10.0.0.7 ssh-ed25519 AAAA\n[10.0.0.7]:2222 ssh-ed25519 AAAA\n"


class _Loader(yaml.SafeLoader):
    """Reads the file as Ansible does, without marking anything."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab{ ", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("xyz", min_size=1), _VALUES))
def test_variables_arrive_as_they_are(variables: dict[str, Any]) -> None:
    assert yaml.load(extra_variables(variables), _Loader) == variables  # noqa: S506 - a safe loader with one tag more


def test_jinja_in_a_variable_is_marked_as_data() -> None:
    assert extra_variables({"a": "{{ 1 }}"}) == 'a: !unsafe "{{ 1 }}"\n'


def test_redaction_hides_secrets_their_lines_and_their_json_form() -> None:
    redaction = Redaction(['quoted"secret', "line number one\nline number two", "yes", "quoted"])
    text = redaction('a quoted\\"secret, line number two, quoted"secret, yes')
    assert text == "a [secret], [secret], [secret], yes"


def test_secrets_of_a_run_are_found_wherever_they_are_marked() -> None:
    request = run_request(checked(INPUTS))
    assert set(request.secret_values) == {"KEY", "secret-in-variables", "secret-in-list"}
    assert request.variables == {"a": 1, "hidden": "secret-in-variables", "b": ["secret-in-list"]}
    assert RunRequest.from_json(request.to_json()) == request


def failing_properties(**changes: Any) -> set[str]:  # noqa: ANN401
    return {failure.property for failure in input_failures(checked({**INPUTS, "playbook": UNKNOWN, **changes}))}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"hosts": UNKNOWN}, set()),
        ({"hosts": [{**MACHINE, "address": UNKNOWN}]}, set()),
        ({"hosts": []}, {"hosts"}),
        ({"hosts": ["x"]}, {"hosts[0]"}),
        ({"hosts": [MACHINE, MACHINE]}, {"hosts"}),
        ({"hosts": [{**MACHINE, "hostKey": "AAAA"}]}, {"hosts[0].hostKey"}),
        ({"hosts": [{**MACHINE, "hostKey": None}]}, {"hosts[0].hostKey"}),
        ({"playbook": "no-such.yml", "sshPrivateKey": None}, {"playbook", "sshPrivateKey"}),
    ],
)
def test_inputs_are_judged_by_path(changes: dict[str, Any], expected: set[str]) -> None:
    assert failing_properties(**changes) == expected


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({}, False),
        (
            {"forks": 3, "timeoutSeconds": 5, "playbookDirectory": "x", "deletePlaybook": "y", "detectDrift": True},
            False,
        ),
        ({"forgetPlaybook": "z"}, False),
        ({"volatileSecretVariables": {"login": "another one"}}, False),
        ({"digest": "sha256:2"}, True),
        ({"hosts": [{**MACHINE, "cpu": 2}]}, True),
        ({"secretVariables": {"b": ["other"]}}, True),
        ({"triggers": ["1"]}, True),
        ({"playbook": "other.yml"}, True),
    ],
)
async def test_runs_again_only_for_a_reason(change: dict[str, Any], runs: bool) -> None:  # noqa: FBT001
    resource = AnsibleRunResource(Children())
    diff = await resource.diff(Context(), "x", checked(INPUTS), {}, checked({**INPUTS, **change}))
    assert diff.changes is runs
    assert not diff.replaces


@pytest.mark.parametrize("trigger", ["another machine", UNKNOWN])
async def test_a_machine_made_anew_leaves_before_it_joins_again(trigger: Any) -> None:  # noqa: ANN401
    resource = AnsibleRunResource(Children())
    leaving = {**INPUTS, "deletePlaybook": "leave.yml"}
    before, after = (checked({**leaving, "triggers": [value]}) for value in ("a machine", trigger))
    diff = await resource.diff(Context(), "x", before, {}, after)
    assert diff.replaces == ["triggers"]
    assert diff.delete_before_replace
    assert not (await resource.diff(Context(), "x", before, {}, {**before, "digest": "sha256:2"})).replaces


async def test_what_a_killed_run_had_begun_runs_again() -> None:
    resource = AnsibleRunResource(Children())
    wanted = checked(INPUTS)
    found = await resource.read(Context(), UNRECORDED, wanted, {})
    assert found
    assert found.id.startswith("main-")
    assert (await resource.diff(Context(), found.id, found.inputs, found.outputs, wanted)).changes


def event(kind: str, **data: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"event": kind, "event_data": {"host": "a", "task": "T", "role": "r", **data}}


def outcome_of(*events: dict[str, Any], successful: bool = False) -> RunOutcome:
    outcome = RunOutcome(successful=successful)
    handler = RunEvents(outcome, Redaction(["hunter22"]), lambda _host, _text: None)
    for item in events:
        handler(item)
    handler.finish()
    return RunOutcome.from_fields(json.loads(outcome.to_json()))


STATS = {"event": "playbook_on_stats", "event_data": {"processed": {"a": 1}, "ok": {"a": 3}, "failures": {"a": 1}}}


def test_items_of_a_loop_explain_its_failure() -> None:
    outcome = outcome_of(
        event("runner_item_on_failed", res={"msg": "bad hunter22", "rc": 2, "stderr": "x" * 5000}),
        event("runner_on_failed", res={"msg": "One or more items failed", "results": [{}]}),
        STATS,
    )
    (failure,) = outcome.failures
    assert (failure.host, failure.task, failure.message) == ("a", "r : T", "bad [secret] (exit code 2)")
    assert len(failure.stderr) == 1500


def test_hidden_reason_says_how_to_see_it() -> None:
    (failure,) = outcome_of(event("runner_on_failed", res={"censored": "x"}), STATS).failures
    assert "no_log" in failure.message


def test_same_failure_on_many_hosts_is_told_once() -> None:
    outcome = RunOutcome(failures=[TaskFailure(host, "T", "broken") for host in "abc"], unreachable={"d": "no route"})
    first, second = failure_texts("main.yml", outcome, 60)
    assert "host 'd' cannot be reached over SSH: no route" in first
    assert second == "Playbook main.yml: hosts 'a', 'b', 'c': task 'T' failed: broken"


def test_timeout_says_what_to_raise() -> None:
    assert "Raise timeoutSeconds" in failure_texts("main.yml", RunOutcome(timed_out=True), 60)[0]
