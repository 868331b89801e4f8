"""Tools that are Python programs with requirements of their own: each by sha256, in a directory for PYTHONPATH.

It deliberately makes no virtual environment: a directory can be packed, moved and restored, and the interpreter that
runs slipway runs the tool, too.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from toolchain.command import run_logged
from toolchain.definition import PACKAGES_DIRECTORY
from toolchain.sources.wheel import ADVICE, installer

if TYPE_CHECKING:
    from pathlib import Path


def fill_from_packages(lock: Path, directory: Path, log: Path) -> None:
    """Install everything that a lock file names below `directory`.

    Raises:
        CommandError: The index does not answer, or a package is not what the lock's sha256 says.
    """
    target = directory / PACKAGES_DIRECTORY
    command = (*installer(), "--no-deps", "--require-hashes", "--target", str(target), "-r", str(lock))
    run_logged(command, log, advice=ADVICE)
    # Its scripts name the interpreter and the directory of this very installation, which is renamed when it is whole.
    shutil.rmtree(target / "bin", ignore_errors=True)
