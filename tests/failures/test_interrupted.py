"""A machine that was about to leave when the run was killed, and is wanted again."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import NAME, ROOT, SLIPWAY
from tests.failures import broken

if TYPE_CHECKING:
    from tests.e2e.environment import EndToEnd


@pytest.mark.parametrize(
    "cut",
    ["leave : The cluster is told (drain)", "reset : The machine is stopped", "leave : The cluster is told (forget)"],
)
def test_a_machine_stays_after_all_when_the_run_that_took_it_out_was_killed(environment: EndToEnd, cut: str) -> None:
    if environment.name != NAME:
        pytest.skip("it changes the environment's file, which is somebody's own")
    wanted = environment.general_size
    environment.general_size = wanted - 1
    environment.write_file()
    assert _killed_at(environment, f"general-{wanted - 1}: {cut}")
    environment.general_size = wanted
    environment.write_file()

    environment.up()

    assert broken.health(environment)["score"] == 100
    assert environment.nodes()[f"general-{wanted - 1}"] == "True"
    cordoned = environment.kubectl("get", "nodes", "--field-selector", "spec.unschedulable=true", "-o", "name")
    assert cordoned == ""


def _killed_at(environment: EndToEnd, words: str) -> bool:
    """Update until these words are said, and kill everything that works on it; return whether they were said."""
    command = [str(SLIPWAY), "up", environment.name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if words in line:
                for pid in _with_children(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return True
    return False


def _with_children(pid: int) -> list[int]:
    children = []
    for thread in Path(f"/proc/{pid}/task").glob("*"):  # each has children of its own
        with suppress(OSError):  # it has ended meanwhile
            children += (thread / "children").read_text().split()
    return [pid, *(descendant for child in children for descendant in _with_children(int(child)))]
