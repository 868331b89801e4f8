"""Runs an update, kills a process of it at a chosen moment, and knows which processes belong to it.

It judges nothing; what must be true afterwards is told by the tests.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.kubernetes.stack import Stack

CLI = "CLI"
VICTIMS = {
    "kubernetes plugin": "plugins.kubernetes",
    "docker plugin": "plugins.docker",
    "slipway plugin": "plugins.slipway",
    CLI: "",
}
"""What can be killed, and what its command line has."""
UP = ("up", "--yes", "--skip-preview")
_WORK: Final = re.compile(r" (?:creating|updating|replacing|deleting) \(")
_LOOK_AGAIN_SECONDS = 0.01
_LONGEST_SECONDS = 120.0


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

    def wait_for_work(self) -> None:
        """Wait until the first resource is being changed: before that a kill finds nothing to interrupt."""
        _until(lambda: bool(_WORK.search(self.output())) or self.cli.poll() is not None, "the update did not begin")
        assert _WORK.search(self.output()), f"The update ended without having done anything:\n{self.output()}"

    def kill(self, victim: str) -> bool:
        """Kill a part of it as the kernel does when memory runs out; return whether that was there."""
        if victim == CLI:
            found = [self.cli.pid] if self.cli.poll() is None else []
        else:
            found = [pid for pid, command in self.processes().items() if VICTIMS[victim] in command]
        for pid in found:
            with contextlib.suppress(ProcessLookupError):  # it was quicker; then this is a run that nobody disturbed
                os.kill(pid, signal.SIGKILL)
        return bool(found)

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
