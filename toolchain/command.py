"""Runs one outside program with its output in a log file, and turns a failure into an error that shows the log's end.

It deliberately knows nothing of tools; whoever calls it says what was attempted and what to do when it fails.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LAST_LINES = 15


class CommandError(ToolchainError):
    """A program could not be started, or ended with an error."""


def run_logged(command: Sequence[str], log: Path, *, advice: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a program and append its output to `log`.

    Raises:
        CommandError: It ended with an error; the text holds the last lines of its output and `advice`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        file.write(f"$ {' '.join(command)}\n".encode())
        file.flush()
        start = file.tell()
        try:
            code = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, check=False
            ).returncode
        except OSError as error:
            raise CommandError(f"{command[0]} could not be started: {error}\n{advice}") from error
    if code != 0:
        raise CommandError(
            f"{' '.join(command[:3])} ... ended with code {code}. Its last lines:\n{_tail(log, start)}\n"
            f"The whole log: {log}\n{advice}"
        )


def run_captured(command: Sequence[str], *, advice: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a program and return its standard output.

    Raises:
        CommandError: It ended with an error; the text holds the last lines of its error output and `advice`.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
        )
    except OSError as error:
        raise CommandError(f"{command[0]} could not be started: {error}\n{advice}") from error
    if done.returncode != 0:
        lines = "\n".join(f"  {line}" for line in (done.stderr or done.stdout).splitlines()[-LAST_LINES:])
        raise CommandError(f"{' '.join(command[:3])} ... ended with code {done.returncode}:\n{lines}\n{advice}")
    return done.stdout


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LAST_LINES:]) or "  (no output)"
