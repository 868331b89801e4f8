"""Images for a user who is not root: what sudo starts, what it tells, and whose the files are afterwards.

Who is root here is told by a sudo of the test's own; `make test` as a user with sudo builds with the real one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from toolchain import places
from toolchain.failure import ToolchainError
from toolchain.images.by_root import build_by_root, give, needs_root
from toolchain.images.lookup import image
from toolchain.images.recipe import RECIPES_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOBODY = 65534
SUDO = """#!/bin/sh
[ "$SUDO_LETS" = yes ] || exit 1
export SUDO_UID={user} SUDO_GID={user}
unset SLIPWAY_CACHE
exec "$@"
"""


@pytest.fixture
def user() -> int:
    """Whom files can be given to by whoever runs this test."""
    return NOBODY if os.geteuid() == 0 else os.geteuid()


@pytest.fixture
def sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Makes this process one that needs sudo, and says whether sudo lets it."""
    path = tmp_path / "sudo"
    path.write_text(SUDO.format(user=os.geteuid()))
    path.chmod(0o755)

    def lets(allowed: bool) -> None:  # noqa: FBT001 - the one thing it says
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("SUDO_LETS", "yes" if allowed else "no")

    return lets


def test_root_is_needed_for_debian_packages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not needs_root(["machine"], RECIPES_DIRECTORY) or os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert needs_root(["pause", "machine"], RECIPES_DIRECTORY)
    assert not needs_root(["kube-scheduler"], RECIPES_DIRECTORY)


def test_root_gets_the_users_variables_and_tells_each_outcome(
    sudo: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_CACHE", str(places.cache_directory()))
    sudo(True)
    found = list(build_by_root(["pause", "kube-scheduler"]))
    assert [(each.name, each.status) for each in found] == [("pause", "cached"), ("kube-scheduler", "cached")]
    assert [each.image for each in found] == [image("pause"), image("kube-scheduler")]


def test_a_sudo_that_refuses_is_told_with_what_to_do(
    sudo: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sudo(False)
    monkeypatch.setenv("MORE_THAN_A_PIPE_HOLDS", "x" * 100_000)  # nobody is there to read it
    with pytest.raises(ToolchainError, match=r"(?s)did not build machine, pause: sudo ended with code 1.*sudo -v"):
        list(build_by_root(["pause", "machine"]))


def test_what_was_built_is_the_users_and_what_is_being_built_keeps_its_owners(tmp_path: Path, user: int) -> None:
    for name in ("image/key", "image/.partial-x/root"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").touch()
    give(tmp_path, (user, user))
    assert {path.stat().st_uid for path in (tmp_path, tmp_path / "image", tmp_path / "image/key/file")} == {user}
    assert (tmp_path / "image/.partial-x/root/file").stat().st_uid == os.geteuid()
