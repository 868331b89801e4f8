"""Previews of several environments side by side, each a command of its own with its own page and log.

It deliberately starts the same command that a person would: there is no second way to a page.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from operations.project import Project


@dataclass(frozen=True)
class Previewed:
    """One preview that has ended."""

    environment: str
    exit_code: int
    page: Path
    log: Path


def preview_all(project: Project, environments: Sequence[str], directory: Path, *, at_once: int) -> list[Previewed]:
    """Preview environments, at most so many at once; a failed one keeps none of the others from being made."""
    directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=max(at_once, 1)) as pool:
        return list(pool.map(lambda name: _preview(project, name, directory.absolute()), environments))


def _preview(project: Project, environment: str, directory: Path) -> Previewed:
    page, log = directory / f"{environment}.md", directory / f"{environment}.log"
    page.unlink(missing_ok=True)  # an old page must not speak for a preview that failed
    command = [sys.executable, "-m", "operations", "preview", environment, "--output", str(page)]
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            command, cwd=project.root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    return Previewed(environment, done.returncode, page, log)
