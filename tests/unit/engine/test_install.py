"""The launchers are written once, follow the checkout, and never replace what is official."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from toolchain.engine import install

if TYPE_CHECKING:
    from collections.abc import Iterator

LAUNCHERS = {"pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python"}
STAND_INS = {"pulumi-resource-docker", "pulumi-resource-kubernetes"}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    assert set(install.install(tmp_path)) == LAUNCHERS | STAND_INS
    return tmp_path


@pytest.fixture
def host_of_dead_cli(installed: Path) -> Iterator[int]:
    """Process id of a host of dynamic providers whose parent, a shell in place of the CLI, was killed."""
    host = install.launchers(installed) / "pulumi-resource-pulumi-python"
    script = ["/bin/sh", "-c", '"$1" 127.0.0.1:1 & echo "$!"; wait', "sh", str(host)]
    with subprocess.Popen(script, text=True, stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        process = int(shell.stdout.readline())
        assert int(shell.stdout.readline()) > 0  # the port: it serves
        assert Path(f"/proc/{process}").exists()
        shell.kill()
    yield process
    if _runs(process):
        os.kill(process, signal.SIGKILL)


def _runs(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def _plugin(home: Path, name: str) -> Path:
    (found,) = (home / "plugins").glob(f"resource-{name}-v*/pulumi-resource-{name}")
    return found


def test_second_install_writes_nothing(installed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}

    assert install.install(installed) == []
    assert {path: path.stat().st_mtime_ns for path in installed.rglob("*")} == before


def test_every_launcher_can_be_executed(installed: Path) -> None:
    for name in LAUNCHERS:
        assert os.access(install.launchers(installed) / name, os.X_OK), name


def test_plugin_answers_with_a_port(installed: Path) -> None:
    with subprocess.Popen([_plugin(installed, "docker")], text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        process.terminate()


def test_host_of_dynamic_providers_ends_with_a_cli_that_was_killed(host_of_dead_cli: int) -> None:
    deadline = time.monotonic() + 20
    while _runs(host_of_dead_cli):
        assert time.monotonic() < deadline, "it outlived the CLI"
        time.sleep(0.1)


def test_official_plugin_is_left_alone(installed: Path) -> None:
    official = _plugin(installed, "kubernetes")
    official.write_bytes(b"\x7fELF official")

    assert install.install(installed) == []
    assert official.read_bytes() == b"\x7fELF official"


def test_launcher_of_another_checkout_is_replaced(installed: Path) -> None:
    stale = _plugin(installed, "docker")
    stale.write_text(f"#!/bin/sh\n{install.MARK}\nexec elsewhere\n")

    assert install.install(installed) == ["pulumi-resource-docker"]
    assert "elsewhere" not in stale.read_text()


def test_missing_command_line_is_placed_again(installed: Path) -> None:
    (install.launchers(installed) / "pulumi").unlink()

    assert install.install(installed) == ["pulumi"]
