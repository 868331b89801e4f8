"""What changed since another commit, as git tells it, and the environments that it touches.

It deliberately compares with the point where the branches parted, as a pull request does, and counts files that are
not committed yet.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations.affected.rules import touched
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from operations.project import Project


class Affected(BaseModel):
    """The result: `matrix` is what a GitHub workflow takes for `strategy.matrix`."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    environments: list[str]
    matrix: dict[str, list[str]]
    because: dict[str, list[str]]
    """The files that touch each environment."""
    changed_files: int


def find_affected(project: Project, base: str) -> Affected:
    """Return the environments that a change touches.

    Raises:
        OperationFailedError: git cannot compare.
    """
    return affected_by(changed_files(project.root, base), _settings(project))


def affected_by(files: Sequence[str], environments: Mapping[str, Mapping[str, Any]]) -> Affected:
    """Return the environments that these files touch."""
    because: dict[str, list[str]] = {}
    for path in files:
        for name in touched(path, environments):
            because.setdefault(name, []).append(path)
    names = sorted(because)
    return Affected(
        environments=names,
        matrix={"environment": names},
        because={name: because[name] for name in names},
        changed_files=len(files),
    )


def changed_files(root: Path, base: str) -> list[str]:
    """Return the files that differ from where this branch left `base`, sorted; both names of one that was moved."""
    if base.startswith("-"):
        raise OperationFailedError(f"'{base}' is no commit, branch or tag.", ExitCode.CONFIGURATION)
    parted = _git(root, "merge-base", base, "HEAD").strip()
    # -z: names with spaces or umlauts come as they are.
    tracked = _git(root, "diff", "--name-only", "--no-renames", "-z", parted)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({path for path in (tracked + untracked).split("\0") if path})


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise OperationFailedError(
            f"git {arguments[0]} failed in {root}: {said}\n"
            "Name a commit, branch or tag that is there; a shallow clone lacks the past (fetch-depth: 0).",
            ExitCode.CONFIGURATION,
        )
    return done.stdout


def _settings(project: Project) -> dict[str, dict[str, Any]]:
    from stacks import settings  # noqa: PLC0415 - keeps `--help` quick

    found: dict[str, dict[str, Any]] = {}
    for name in project.environments():
        try:
            loaded = settings.load_file(project.stack_file(name))
        except settings.SettingsError:
            found[name] = {}
        else:
            found[name] = loaded.model_dump(mode="json", by_alias=True)
    return found
