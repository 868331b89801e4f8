"""The digest of a playbook: what counts, and what does not.

Nothing is run.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.slipway.sdk.playbook_digest import playbook_digest


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "roles/host/tasks").mkdir(parents=True)
    (tmp_path / "roles/host/tasks/main.yml").write_text("- ansible.builtin.include_role:\n    name: inner\n")
    (tmp_path / "roles/inner/tasks").mkdir(parents=True)
    (tmp_path / "roles/inner/tasks/main.yml").write_text("[]")
    (tmp_path / "roles/unused/tasks").mkdir(parents=True)
    (tmp_path / "roles/unused/tasks/main.yml").write_text("[]")
    (tmp_path / "main.yml").write_text("- hosts: all\n  roles:\n    - role: host # first\n")
    (tmp_path / "other.yml").write_text("[]")
    return tmp_path


def digest(directory: Path) -> str:
    playbook_digest.cache_clear()
    return playbook_digest(directory, "main.yml")


def _touch_cache(directory: Path) -> None:
    (directory / "roles/host/__pycache__").mkdir()
    (directory / "roles/host/__pycache__/x.pyc").write_text("x")


COUNTING: list[Callable[[Path], object]] = [
    lambda path: (path / "main.yml").write_text("[{}]"),
    lambda path: (path / "roles/host/tasks/main.yml").write_text("[{}]"),
    lambda path: (path / "roles/host/tasks/main.yml").rename(path / "roles/host/tasks/a.yml"),
    lambda path: (path / "roles/host/tasks/main.yml").chmod(0o755),
    lambda path: (path / "roles/host/tasks/link").symlink_to("main.yml"),
    lambda path: (path / "roles/inner/tasks/main.yml").write_text("[{}]"),
]
IGNORED: list[Callable[[Path], object]] = [
    lambda path: (path / "roles/unused/tasks/main.yml").write_text("[{}]"),
    lambda path: (path / "other.yml").write_text("[{}]"),
    lambda path: (path / "roles/README.md").write_text("x"),
    _touch_cache,
]


@pytest.mark.parametrize("change", COUNTING)
def test_what_a_run_may_use_counts(directory: Path, change: Callable[[Path], object]) -> None:
    before = digest(directory)
    change(directory)
    assert digest(directory) != before


@pytest.mark.parametrize("change", IGNORED)
def test_what_it_cannot_use_does_not(directory: Path, change: Callable[[Path], object]) -> None:
    before = digest(directory)
    change(directory)
    assert digest(directory) == before


def test_is_the_same_in_another_checkout(directory: Path, tmp_path: Path) -> None:
    before = digest(directory)
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    directory.rename(moved)
    assert digest(moved) == before


def test_missing_playbook_is_named(directory: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.yml is not in"):
        playbook_digest(directory, "none.yml")
