"""The places on disk: which variable decides, and which is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain.places import cache_directory, state_directory


@pytest.fixture(autouse=True)
def _no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLIPWAY_CACHE", "SLIPWAY_STATE", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ann")


def test_defaults_are_below_home() -> None:
    assert cache_directory() == Path("/home/ann/.cache/slipway")
    assert state_directory() == Path("/home/ann/.local/state/slipway")


def test_xdg_moves_them_and_keeps_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/big/cache")
    monkeypatch.setenv("XDG_STATE_HOME", "/big/state")
    assert cache_directory() == Path("/big/cache/slipway")
    assert state_directory() == Path("/big/state/slipway")


def test_relative_xdg_is_ignored_as_its_specification_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert cache_directory() == Path("/home/ann/.cache/slipway")


def test_own_variable_wins_and_names_the_directory_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/big/cache")
    monkeypatch.setenv("SLIPWAY_CACHE", "~/mine")
    assert cache_directory() == Path("/home/ann/mine")
