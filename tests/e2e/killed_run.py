"""A run of `slipway up` that is killed in the middle, with everything that works on it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.environment import ROOT, SLIPWAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.environment import EndToEnd


def killed_at(environment: EndToEnd, *words: str, once: Callable[[], bool] = lambda: True) -> bool:
    """Update until a line has all these words, and kill everything that works on it; return whether there was one.

    Args:
        environment: What is updated.
        words: What the line has.
        once: What must be true, too, before it is killed; asked from that line on.
    """
    command = [str(SLIPWAY), "up", environment.name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if all(part in line for part in words):
                while not once() and process.poll() is None:
                    time.sleep(0.1)
                for pid in _with_children(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return True
    return False


def _with_children(pid: int) -> list[int]:
    children = []
    for thread in Path(f"/proc/{pid}/task").glob("*"):  # each has children of its own
        with suppress(OSError):  # it has ended meanwhile
            children += (thread / "children").read_text().split()
    return [pid, *(descendant for child in children for descendant in _with_children(int(child)))]
