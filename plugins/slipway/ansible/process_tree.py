"""Ties the life of a run's processes together: no process of it outlives the run, nor the plugin that wanted it.

It covers Linux only, like the rest of the run.
"""

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Final

# Numbers from linux/prctl.h.
_SET_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
GRACE_SECONDS = 2.0


def die_with_parent() -> None:
    """Get SIGTERM when the parent ends for whatever reason, and inherit children whose own parent ends.

    Raises:
        SystemExit: the parent is gone already.
    """
    parent = os.getppid()
    library = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_SET_DEATH_SIGNAL, signal.SIGTERM), (_SET_CHILD_SUBREAPER, 1)):
        if library.prctl(option, int(value), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
    if os.getppid() != parent:
        raise SystemExit(1)


def end_descendants() -> None:
    """End all processes below this one, SSH's background connections too, and wait until they are gone."""
    deadline = time.monotonic() + GRACE_SECONDS
    number = signal.SIGTERM
    while found := _descendants(os.getpid()):
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        _reap()
        time.sleep(0.01)
        if time.monotonic() > deadline:
            number = signal.SIGKILL


def end_processes_of(directory: Path) -> None:
    """End the processes that a killed run left: Ansible and its SSH connections name its directory as an argument."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if f"{directory}/".encode() in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _descendants(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name in brackets may hold spaces: the fields after it are fixed.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return [process for process in parents if _is_below(process, root, parents)]


def _is_below(process: int, root: int, parents: dict[int, int]) -> bool:
    while process := parents.get(process, 0):
        if process == root:
            return True
    return False
