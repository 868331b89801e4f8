"""Tools that this plugin runs: how they end, and the private files that they read."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from plugins.kubernetes.composing.external_tool import ToolFailed, output_of
from plugins.kubernetes.composing.private_files import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what helm does."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(script: str) -> None:
        path = tmp_path / "helm"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    return write


async def test_what_a_tool_says_when_it_fails_is_kept_apart(helm: Callable[[str], None]) -> None:
    helm("echo some output\necho Error: no luck >&2\nexit 3")
    with pytest.raises(ToolFailed, match="helm install failed:\n  Error: no luck") as caught:
        await output_of("helm", ["install"])
    assert (caught.value.complaint, caught.value.output) == ("Error: no luck", "some output\n")


async def test_a_tool_is_asked_to_end_and_may_say_something_before(helm: Callable[[str], None]) -> None:
    helm("trap 'kill $!; echo gave up >&2; exit 1' TERM\nsleep 60 &\nwait")
    cancelled = asyncio.Event()
    asyncio.get_running_loop().call_later(0.3, cancelled.set)
    with pytest.raises(ToolFailed, match=r"It was cancelled\.\n  gave up"):
        await output_of("helm", ["install"], cancelled=cancelled)
    with pytest.raises(ToolFailed, match=r"It did not end within 0 s\.\n  gave up"):
        await output_of("helm", ["install"], timeout_seconds=0.3)


def test_a_tool_whose_plugin_was_killed_may_speak_and_still_write_down_how_it_ended(
    helm: Callable[[str], None], tmp_path: Path
) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    helm(f"trap 'kill $!; echo gave up; echo gave up >&2; touch {ended}; exit 1' TERM\ntouch {begun}\nsleep 60 &\nwait")
    running = "import asyncio\nfrom plugins.kubernetes.composing.external_tool import output_of\n"
    running += "asyncio.run(output_of('helm', ['install']))\n"
    with subprocess.Popen([sys.executable, "-c", running]) as process:
        _until_there(begun)
        process.send_signal(signal.SIGKILL)
    _until_there(ended)


def _until_there(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.02)


def test_private_files_of_a_killed_process_are_removed_and_those_of_a_living_one_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    holding = "from plugins.kubernetes.composing.private_files import private_folder\nimport time\n"
    holding += "with private_folder() as folder:\n    print(folder, flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        left = tmp_path / process.stdout.readline().strip().rpartition("/")[2]
        with private_folder() as folder:
            assert left.is_dir()
            assert folder.stat().st_mode & 0o777 == 0o700
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 5
    while left.exists() and time.monotonic() < deadline:
        with private_folder():
            pass
    assert not list(tmp_path.glob("slipway-helm-*"))
