"""AnsibleRun through a real SSH connection; the hosts are this computer, and playbooks write below tmp_path only.

What the project's own playbooks do is tested with them.
"""

import asyncio
import json

import pytest

from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.resource import Context, Created
from plugins.rpc.values import UNKNOWN, Secret, reveal
from plugins.slipway.resources.ansible_run import DELETE_SILENCE_SECONDS
from tests.plugins.slipway.ansible_trial import CANARY, FAIL, WRITE, Trial
from tests.plugins.slipway.conftest import Messages
from tests.plugins.slipway.registry_server import free_port
from tests.plugins.slipway.ssh_server import ssh_server
from tests.plugins.slipway.unsteady_way import unsteady_way

UNDO = {"name": "Undo", "ansible.builtin.file": {"path": "{{ target }}", "state": "absent"}}


async def test_runs_reports_results_and_changes_nothing_the_second_time(trial: Trial, messages: Messages) -> None:
    inputs = await trial.inputs()
    created = await trial.run.create(messages.context(), inputs)
    assert (trial.directory / "target").read_text() == CANARY
    assert created.outputs["changed"] == 1
    assert isinstance(created.outputs["results"], Secret)
    assert reveal(created.outputs["results"]) == {"box": {"token": CANARY, "seen": 512}}
    assert created.outputs["stats"]["box"]["failures"] == 0
    assert any(text.startswith("box: ") for text in messages.statuses)
    assert CANARY not in repr(created.outputs) + messages.everything
    assert (await trial.run.update(Context(), created.id, inputs, created.outputs, inputs))["changed"] == 0


async def test_preview_says_what_would_change_and_changes_nothing(trial: Trial, messages: Messages) -> None:
    inputs = await trial.inputs()
    outputs = await trial.run.update(messages.context(preview=True), "id", {}, {}, inputs)
    assert outputs["changed"] is UNKNOWN
    assert f"box: Write ({trial.directory}/target)" in messages.everything
    assert CANARY not in messages.everything
    assert not (trial.directory / "target").exists()


async def test_preview_shows_the_diff_of_each_host_without_new_and_former_secrets(
    trial: Trial, messages: Messages
) -> None:
    content = "limit: {{ limit }}\npassword: {{ secret_text }}\n"
    trial.playbook("main.yml", {**WRITE, "ansible.builtin.copy": {**WRITE["ansible.builtin.copy"], "content": content}})
    target = str(trial.directory / "target")
    former = await trial.inputs(
        variables={"target": target, "limit": 1}, secretVariables={"secret_text": "former canary of the password"}
    )
    created = await trial.run.create(messages.context(), former)
    news = await trial.inputs(variables={"target": target, "limit": 2})
    outputs = await trial.run.update(messages.context(preview=True), created.id, former, created.outputs, news)
    check = outputs["checkRun"]
    assert check["complete"]
    (change,) = check["hosts"]["box"]
    assert (change["task"], change["subject"]) == ("Write", target)
    assert "-limit: 1\n" in change["diff"]
    assert "+limit: 2\n" in change["diff"]
    assert "canary" not in json.dumps(check) + messages.everything


async def test_preview_says_why_there_is_no_check_run(trial: Trial, messages: Messages) -> None:
    gone = trial.box.machine(memoryMib=512, roles=["worker"], sshPort=free_port())
    outputs = await trial.run.update(messages.context(preview=True), "id", {}, {}, await trial.inputs(hosts=[gone]))
    assert outputs["checkRun"]["hosts"] == {}
    assert "host 'box' cannot be reached over SSH" in outputs["checkRun"]["reason"]
    later = await trial.inputs(triggers=[UNKNOWN])
    outputs = await trial.run.update(messages.context(preview=True), "id", {}, {}, later)
    assert "not known before the update" in outputs["checkRun"]["reason"]


async def test_failed_task_is_named_with_its_reason_but_without_secrets(trial: Trial, messages: Messages) -> None:
    trial.playbook("main.yml", WRITE, FAIL)
    with pytest.raises(InitializationFailed) as failed:
        await trial.run.create(messages.context(), await trial.inputs())
    reason = str(failed.value)
    assert "host 'box': task 'Break' failed" in reason
    assert "[secret] oops" in reason
    assert CANARY not in reason + messages.everything
    assert failed.value.id.startswith("main-")


async def test_ignored_and_rescued_failures_are_none(trial: Trial) -> None:
    rescued = {"name": "Try", "block": [FAIL], "rescue": [{"name": "Mend", "ansible.builtin.debug": {"msg": "x"}}]}
    trial.playbook("main.yml", {**FAIL, "ignore_errors": True}, rescued)
    assert (await trial.run.create(Context(), await trial.inputs())).outputs["stats"]["box"]["rescued"] == 1


async def test_broken_playbook_shows_what_ansible_says(trial: Trial) -> None:
    trial.playbook("main.yml", {"name": "X", "no.such.module": {}})
    with pytest.raises(ResourceFailed, match=r"no\.such\.module"):
        await trial.run.create(Context(), await trial.inputs())


async def test_waits_for_a_machine_that_is_still_booting(trial: Trial, messages: Messages) -> None:
    port = free_port()
    with ssh_server(port) as model:
        inputs = await trial.inputs(hosts=[model.machine(memoryMib=1)], sshPrivateKey=model.private_key)
        keys = model
    running = asyncio.create_task(trial.run.create(messages.context(), inputs))
    async with asyncio.timeout(60):
        while not any("waiting for SSH" in text for text in messages.statuses):
            assert not running.done(), running.exception()
            await asyncio.sleep(0.1)
    with ssh_server(port, keys):
        await running


async def test_other_host_key_is_refused_at_once(trial: Trial) -> None:
    with ssh_server() as other:
        machine = trial.box.machine(hostKey=other.host_key)
    async with asyncio.timeout(10):
        with pytest.raises(ResourceFailed, match="'box' cannot be reached over SSH: it shows another host key"):
            await trial.run.create(Context(), await trial.inputs(hosts=[machine]))


async def test_refresh_finds_drift_only_when_asked_to(trial: Trial, messages: Messages) -> None:
    inputs = await trial.inputs(detectDrift=True)
    created = await trial.run.create(Context(), inputs)
    (trial.directory / "target").write_text("drifted")
    quiet = await trial.run.read(Context(), created.id, {**inputs, "detectDrift": False}, created.outputs)
    assert quiet is not None
    assert quiet.inputs["digest"] == "sha256:1"
    found = await trial.run.read(messages.context(), created.id, inputs, created.outputs)
    assert found is not None
    assert found.inputs["digest"] == ""
    assert "box: Write" in messages.everything
    assert (await trial.run.diff(Context(), created.id, found.inputs, found.outputs, inputs)).changes


async def test_delete_runs_its_playbook_and_tolerates_hosts_that_are_gone(trial: Trial, messages: Messages) -> None:
    trial.playbook("undo.yml", UNDO)
    gone = trial.box.machine("gone", sshPort=free_port())
    inputs = await trial.inputs(deletePlaybook="undo.yml", hosts=[trial.box.machine(memoryMib=1), gone])
    (trial.directory / "target").write_text("x")
    await trial.run.delete(messages.context(), "id", inputs, {})
    assert not (trial.directory / "target").exists()
    assert [severity for severity, _ in messages.logs] == ["warning"]
    assert "'gone' cannot be reached" in messages.everything


async def test_delete_waits_for_a_host_that_answers_but_does_not_let_us_in_yet(
    trial: Trial, messages: Messages
) -> None:
    trial.playbook("undo.yml", UNDO)
    (trial.directory / "target").write_text("x")
    with unsteady_way(trial.box.port) as way:
        way.is_open = False
        inputs = await trial.inputs(deletePlaybook="undo.yml", hosts=[trial.box.machine(sshPort=way.port)])
        deleting = asyncio.create_task(trial.run.delete(messages.context(), "id", inputs, {}))
        await asyncio.sleep(DELETE_SILENCE_SECONDS + 2)
        way.is_open = True
        await deleting
    assert not (trial.directory / "target").exists()
    assert messages.logs == []


async def test_delete_goes_on_with_a_host_whose_connection_broke(trial: Trial, messages: Messages) -> None:
    marker = trial.directory / "marker"
    stay = {"name": "Stay", "ansible.builtin.shell": {"cmd": f"touch {marker}; sleep 3", "creates": str(marker)}}
    trial.playbook("undo.yml", stay, UNDO)
    (trial.directory / "target").write_text("x")
    with unsteady_way(trial.box.port) as way:
        inputs = await trial.inputs(deletePlaybook="undo.yml", hosts=[trial.box.machine(sshPort=way.port)])
        deleting = asyncio.create_task(trial.run.delete(messages.context(), "id", inputs, {}))
        async with asyncio.timeout(30):
            while not marker.exists():  # noqa: ASYNC110 - made by a process of the host
                await asyncio.sleep(0.1)
        way.cut()
        await deleting
    assert not (trial.directory / "target").exists()
    assert messages.logs == []


async def test_delete_forgets_here_what_is_gone_and_only_that(trial: Trial, messages: Messages) -> None:
    trial.playbook("undo.yml", UNDO)
    note = {"path": "{{ target }}-{{ machine.name }}", "state": "touch"}
    trial.playbook("forget.yml", {"name": "Note", "ansible.builtin.file": note})
    gone = trial.box.machine("gone", sshPort=free_port())
    inputs = await trial.inputs(
        deletePlaybook="undo.yml", forgetPlaybook="forget.yml", hosts=[trial.box.machine(), gone]
    )

    await trial.run.delete(messages.context(), "id", inputs, {})

    assert (trial.directory / "target-gone").exists()
    assert not (trial.directory / "target-box").exists()


async def test_runs_for_single_hosts_share_a_process_and_fail_alone(trial: Trial) -> None:
    together = {"ansible.builtin.set_fact": {"slipway_result": {"seen": "{{ ansible_play_hosts }}"}}}
    trial.playbook("main.yml", {"name": "Break", "ansible.builtin.fail": {}, "when": "machine.name == 'bad'"}, together)
    hosts = [[trial.box.machine(name=name)] for name in ("good", "bad", "fine")]
    inputs = [await trial.inputs(hosts=each, perHost=True) for each in hosts]
    made = await asyncio.gather(*(trial.run.create(Context(), each) for each in inputs), return_exceptions=True)
    good, bad, fine = made
    assert isinstance(good, Created)
    assert isinstance(fine, Created)
    assert reveal(good.outputs["results"]) == {"good": {"seen": ["good", "fine"]}}
    assert list(fine.outputs["stats"]) == ["fine"]
    assert isinstance(bad, InitializationFailed)
    assert "bad" in str(bad.reasons)
    assert "good" not in str(bad.reasons)
