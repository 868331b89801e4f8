"""AnsibleRun through a real SSH connection; the hosts are this computer, and playbooks write below tmp_path only.

What the project's own playbooks do is tested with them.
"""

import asyncio
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.resource import Context, Created
from plugins.rpc.values import UNKNOWN, Secret, reveal
from plugins.slipway.ansible.private_directory import PREFIX
from plugins.slipway.children import Children
from plugins.slipway.resources.ansible_run import AnsibleRunResource
from tests.plugins.slipway.conftest import Messages
from tests.plugins.slipway.registry_server import free_port
from tests.plugins.slipway.ssh_server import SshServer, ssh_server

CANARY = "canary {{ 6 * 7 }} of the password"

WRITE = {
    "name": "Write",
    "ansible.builtin.copy": {"content": "{{ secret_text }}", "dest": "{{ target }}", "mode": "0600"},
}
REPORT = [
    {"name": "Report", "ansible.builtin.set_fact": {"slipway_result": {"token": "{{ secret_text }}"}}, "no_log": True},
    {"name": "Count", "ansible.builtin.set_stats": {"data": {"seen": "{{ machine.memory_mib }}"}, "per_host": True}},
]
FAIL = {
    "name": "Break",
    "ansible.builtin.command": {"argv": ["sh", "-c", 'echo "$1 oops" >&2; exit 3', "sh", "{{ secret_text }}"]},
}
WAIT = {"name": "Sleep", "ansible.builtin.command": "sleep 600"}


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short directory for the files of runs, and the check that a test leaves none there."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as name:
        monkeypatch.setenv("TMPDIR", name)
        yield Path(name)
        assert not list(Path(name).glob(f"{PREFIX}*"))


@dataclasses.dataclass
class Trial:
    """A resource, its server and its playbooks."""

    run: AnsibleRunResource
    children: Children
    box: SshServer
    directory: Path

    def playbook(self, name: str, *tasks: Any) -> None:  # noqa: ANN401
        """Write a playbook."""
        play = {"name": "Trial", "hosts": "all", "tasks": list(tasks)}
        (self.directory / name).write_text(yaml.safe_dump([play], sort_keys=False))

    async def inputs(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return checked inputs."""
        given = {
            "playbook": "main.yml",
            "playbookDirectory": str(self.directory),
            "digest": "sha256:1",
            "hosts": [self.box.machine(memoryMib=512, roles=["worker"])],
            "sshPrivateKey": self.box.private_key,
            "variables": {"target": str(self.directory / "target")},
            "secretVariables": {"secret_text": CANARY},
            **more,
        }
        result = await self.run.check(Context(), None, given)
        assert not result.failures
        return result.inputs


@pytest.fixture
def trial(box: SshServer, tmp_path: Path, temporary: Path) -> Trial:
    del temporary
    children = Children()
    trial = Trial(AnsibleRunResource(children), children, box, tmp_path)
    trial.playbook("main.yml", WRITE, *REPORT)
    return trial


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
    trial.playbook("undo.yml", {"name": "Undo", "ansible.builtin.file": {"path": "{{ target }}", "state": "absent"}})
    gone = trial.box.machine("gone", sshPort=free_port())
    inputs = await trial.inputs(deletePlaybook="undo.yml", hosts=[trial.box.machine(memoryMib=1), gone])
    (trial.directory / "target").write_text("x")
    await trial.run.delete(messages.context(), "id", inputs, {})
    assert not (trial.directory / "target").exists()
    assert [severity for severity, _ in messages.logs] == ["warning"]
    assert "'gone' cannot be reached" in messages.everything


async def test_delete_forgets_here_what_is_gone_and_only_that(trial: Trial, messages: Messages) -> None:
    trial.playbook("undo.yml", {"name": "Undo", "ansible.builtin.file": {"path": "{{ target }}", "state": "absent"}})
    note = {"path": "{{ target }}-{{ machine.name }}", "state": "touch"}
    trial.playbook("forget.yml", {"name": "Note", "ansible.builtin.file": note})
    gone = trial.box.machine("gone", sshPort=free_port())
    inputs = await trial.inputs(
        deletePlaybook="undo.yml", forgetPlaybook="forget.yml", hosts=[trial.box.machine(), gone]
    )

    await trial.run.delete(messages.context(), "id", inputs, {})

    assert (trial.directory / "target-gone").exists()
    assert not (trial.directory / "target-box").exists()


async def test_cancel_ends_every_process_of_a_run_and_no_secret_shows_meanwhile(trial: Trial) -> None:
    trial.playbook("main.yml", WAIT)
    messages = Messages()
    running = asyncio.create_task(trial.run.create(messages.context(), await trial.inputs()))
    await shown("box: Sleep", messages, running)
    await asyncio.sleep(0.5)
    mine = processes_of(trial.children)
    assert any("ansible-playbook" in line for line in mine.values())
    assert not any(CANARY in line or "PRIVATE KEY" in line for line in mine.values())
    await trial.children.stop()
    with pytest.raises(ResourceFailed, match="was interrupted"):
        await running
    await gone(mine)


async def test_run_that_was_killed_is_cleaned_up_by_the_next_one(trial: Trial) -> None:
    trial.playbook("main.yml", WAIT)
    messages = Messages()
    running = asyncio.create_task(trial.run.create(messages.context(), await trial.inputs()))
    await shown("box: Sleep", messages, running)
    mine = processes_of(trial.children)
    worker = next(iter(trial.children._running))
    os.kill(worker.pid, 9)
    with pytest.raises(ResourceFailed, match="was interrupted"):
        await running
    trial.playbook("main.yml", WRITE)
    await trial.run.create(Context(), await trial.inputs())
    await gone(mine)


def processes_of(children: Children) -> dict[int, str]:
    """Return the command lines of all processes below the children, SSH's background connections included."""
    parents, lines = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                lines[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {process.pid for process in children._running}
    for _ in range(10):
        found |= {pid for pid, parent in parents.items() if parent in found}
    return {pid: lines[pid] for pid in found}


async def gone(processes: dict[int, str]) -> None:
    """Fail when one of the processes is still there after five seconds."""
    for _ in range(50):
        alive = running_still(processes)
        if not alive:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"still running: {alive}")


async def shown(text: str, messages: Messages, running: asyncio.Task[Any]) -> None:
    """Wait until a status was shown; fail when the run ends without it."""
    while text not in messages.statuses:
        if running.done():
            await running
            pytest.fail(f"'{text}' was never shown, only {messages.statuses}")
        await asyncio.sleep(0.05)


def running_still(processes: dict[int, str]) -> list[str]:
    """Return the command lines of those processes that are still there."""
    return [line for pid, line in processes.items() if Path(f"/proc/{pid}").exists()]


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
