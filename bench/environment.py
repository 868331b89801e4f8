"""The environment that is measured, and slipway's own commands on it, timed as a user would time them.

It deliberately knows nothing of how slipway works inside.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SLIPWAY = ROOT / ".venv/bin/slipway"
NAME = "bench"
FILE = ROOT / f"environments/Pulumi.{NAME}.yaml"
SUBNET = "172.31.242.0/24"
PUBLIC_NAME = "catalogue-bench.localhost"
PORTS = {"http": 28080, "https": 28443, "apiServer": 26443, "registry": 25443}
LAST_LINES = 40
CALM = 0.5
"""Share of all processors that may be busy when a run begins; an environment at rest keeps a quarter of two busy."""
LOOK_SECONDS, PATIENCE_SECONDS = 3.0, 90.0


class BenchFailedError(Exception):
    """A command that is measured failed, so there is no figure."""


@dataclass(frozen=True)
class Timed:
    """One run of a command."""

    seconds: float
    load: tuple[float, float]
    """Load average of the last minute before and after."""


def pools(general: int) -> list[dict[str, Any]]:
    """Return the pools of an environment with that many machines in `general`."""
    return [
        {"name": "general", "size": general, "cpu": 1, "memoryMib": 1536},
        {"name": "database", "size": 1, "cpu": 2, "memoryMib": 2048, "taints": ["dedicated=database:NoSchedule"]},
    ]


def write_file(general: int) -> None:
    """Write the environment's file with that many machines in the pool `general`."""
    settings = {
        "place": "containers", "network": SUBNET, "publicName": PUBLIC_NAME, "ports": PORTS, "pools": pools(general),
    }  # fmt: skip
    FILE.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in settings.items()}}))


def destroy() -> None:
    """Remove the environment and its file; nothing there is a success."""
    write_file(general=2)
    log = subprocess.run([SLIPWAY, "destroy", NAME, "--yes"], cwd=ROOT, capture_output=True, text=True, check=False)
    if log.returncode != 0:
        raise BenchFailedError(f"slipway destroy {NAME} failed:\n{tail(log.stdout + log.stderr)}")
    FILE.unlink()


def up(work: Path, what: str, watch: Callable[[int], None] | None = None) -> Timed:
    """Run `slipway up`.

    Args:
        work: The private work directory, for the output.
        what: A name for this run's output.
        watch: Called with the process id as soon as there is one; must return at once.
    """
    with (work / f"{what}.log").open("w+") as log:
        return timed([str(SLIPWAY), "up", NAME], log, watch)


def timed(command: list[str], log: IO[str], watch: Callable[[int], None] | None = None) -> Timed:
    """Run a command, its output to a log, and time it.

    Raises:
        BenchFailedError: It ended with an error; the text shows the end of the log.
    """
    settle()
    before, started = os.getloadavg()[0], time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        if watch:
            watch(process.pid)
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    seconds = time.monotonic() - started
    if code != 0:
        log.seek(0)
        raise BenchFailedError(f"{' '.join(command)} ended with {code}:\n{tail(log.read())}")
    return Timed(round(seconds, 1), (before, os.getloadavg()[0]))


def settle() -> None:
    """Wait until what ran before has come to rest: a new cluster is busy for a while after it is healthy."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _busy_share() > CALM and time.monotonic() < deadline:
        pass


def _busy_share() -> float:
    """Return how much of all processors was in use over the next seconds."""
    idle_before, all_before = _processor_ticks()
    time.sleep(LOOK_SECONDS)
    idle, total = _processor_ticks()
    return 1 - (idle - idle_before) / max(total - all_before, 1)


def _processor_ticks() -> tuple[int, int]:
    """Return idle ticks, waiting for disks included, and all ticks since the machine started (proc(5), stat)."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return ticks[3] + ticks[4], sum(ticks)


def tail(text: str) -> str:
    """Return the last lines of a log."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-LAST_LINES:])
