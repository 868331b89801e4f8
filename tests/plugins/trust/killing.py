"""Runs an update, kills a process of it at a chosen moment, and knows which processes belong to it.

It judges nothing; what must be true afterwards is told by the tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.kubernetes.stack import Stack

PLUGIN = "plugins.kubernetes"
UP = ("up", "--yes", "--skip-preview")
_LOOK_AGAIN_SECONDS = 0.01
_LONGEST_SECONDS = 60.0


class Update:
    """One ``pulumi up`` that is under way."""

    def __init__(self, stack: Stack) -> None:
        self._home = f"PULUMI_HOME={stack.folder / 'home'}".encode()
        self._log = (stack.folder / "up.log").open("wb")
        self.cli = subprocess.Popen(
            stack.command(*UP),
            env=stack.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def processes(self) -> dict[int, str]:
        """Return every process of this stack with its command line: whoever inherited its home."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if self._home in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it has just ended
        return found

    def wait_for_plugin(self) -> int:
        """Return the plugin's process id as soon as there is one."""
        found: list[int] = []

        def started() -> bool:
            found[:] = [pid for pid, command in self.processes().items() if PLUGIN in command]
            return bool(found) or self.cli.poll() is not None

        _until(started, "the plugin did not start")
        assert found, f"The update ended before there was a plugin:\n{self.output()}"
        return found[0]

    def kill(self, pid: int) -> None:
        """Kill one process as the kernel does when memory runs out."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it was quicker; then this is a run that nobody disturbed

    def wait_until_all_are_gone(self) -> None:
        """Wait until CLI, language host, program and plugin have ended, by themselves."""
        self.cli.wait(_LONGEST_SECONDS)
        self._log.close()
        _until(lambda: not self.processes(), "processes of the killed update stay")

    def output(self) -> str:
        """Return what the CLI said so far."""
        return Path(self._log.name).read_text(errors="replace")


def _until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(_LOOK_AGAIN_SECONDS)
