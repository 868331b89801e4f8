"""The launchers are written once, follow the checkout, and never replace what is official."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from toolchain.engine import install

if TYPE_CHECKING:
    from pathlib import Path

LAUNCHERS = {"pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python"}
STAND_INS = {"pulumi-resource-docker", "pulumi-resource-kubernetes"}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    assert set(install.install(tmp_path)) == LAUNCHERS | STAND_INS
    return tmp_path


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
