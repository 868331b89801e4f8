"""Remembers which runs of the Pulumi CLI slipway has started on this machine: a file named by the process for each.

In a backend that machines share, a lock tells the name of its machine and a process there, and names need not be
unique. It deliberately says nothing of whether a run still lives: the process table does.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from operations.session import Session


@contextmanager
def recorded(session: Session, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Remember a run while it goes on, and afterwards if it was killed, as it may have left its lock."""
    file = session.runs_directory / str(process.pid)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch()
    yield
    if process.returncode is not None and process.returncode >= 0:
        file.unlink(missing_ok=True)


def is_own(session: Session, pid: int) -> bool:
    """Tell whether slipway has started this process for the environment, and knows of no clean end."""
    return (session.runs_directory / str(pid)).exists()


def forget_ended(session: Session) -> None:
    """Forget runs that have ended, once no lock is left of them."""
    for file in session.runs_directory.glob("[0-9]*"):
        if not Path(f"/proc/{file.name}").exists():
            file.unlink(missing_ok=True)
