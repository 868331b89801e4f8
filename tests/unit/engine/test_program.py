"""The real CLI runs programs through our language host: preview, up, no change, failures, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from toolchain.engine.conventions import WITHOUT_DEBUG_MESSAGES

from .conftest import SECRET, STACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Project

# Half of what the program sleeps: it was ended, on a busy machine too.
ENDS_WITHIN_SECONDS = 60


def test_preview_then_up_then_nothing_to_change(project: Project) -> None:
    code, said = project.run("preview", "--stack", STACK)
    assert code == 0, said
    assert re.search(r"try:index:Box +box +create", said)

    code, said = project.run("up", "--yes", "--skip-preview", "--stack", STACK)
    assert code == 0, said
    assert SECRET not in said

    code, said = project.run("preview", "--expect-no-changes", "--stack", STACK)
    assert code == 0, said
    assert project.run("stack", "output", "organization", "--stack", STACK) == (0, "organization\n")


def test_secrets_are_in_no_arguments_and_in_no_environment_of_children(project: Project) -> None:
    code, said = project.run("preview", "--stack", STACK)

    assert code == 0, said
    assert "toolchain.engine.program" in project.written("arguments")
    assert SECRET not in project.written("arguments")
    assert SECRET not in project.written("environment")


@pytest.mark.parametrize(
    ("mode", "text", "has_traceback"),
    [("raise", "LookupError: the cellar is empty", True), ("refuse", "slipway:pools: is missing", False)],
)
def test_error_of_the_program_is_shown_once(project: Project, mode: str, text: str, *, has_traceback: bool) -> None:
    project.set_mode(mode)

    code, said = project.run("preview", "--stack", STACK)

    assert code != 0
    # Above it the display may show the same line as the status of a row.
    assert said.partition("Diagnostics:")[2].count(text) == 1, said
    assert ("Traceback" in said) is has_traceback
    assert "non-zero exit code" not in said


@pytest.mark.parametrize("quietly", [False, True])
def test_debug_messages_of_the_program_are_left_out_only_when_told_so(project: Project, *, quietly: bool) -> None:
    variables = {WITHOUT_DEBUG_MESSAGES: "1"} if quietly else {}

    code, said = project.run("preview", "--debug", "--stack", STACK, **variables)

    assert code == 0, said
    assert ("resource registration prepared: ty=try:index:Box" in said) is not quietly, said


def test_ctrl_c_ends_quietly_and_leaves_no_process(project: Project) -> None:
    asleep = project.directory / "asleep"
    asleep.unlink(missing_ok=True)
    project.set_mode("sleep")
    with project.start("preview", "--stack", STACK) as process:
        _until(asleep.exists, 100)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the whole foreground group
        said, _ = process.communicate(timeout=100)

    assert process.returncode != 0
    assert time.monotonic() - began < ENDS_WITHIN_SECONDS
    assert "Traceback" not in said, said
    _until(lambda: not Path(f"/proc/{project.written('pid')}").exists(), 5)


def _until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)
