"""AnsibleRuns that are cancelled or killed: nothing of them goes on, and the next run cleans up."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.slipway.children import Children
from tests.plugins.slipway.ansible_trial import CANARY, WAIT, WRITE, Trial
from tests.plugins.slipway.conftest import Messages


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
