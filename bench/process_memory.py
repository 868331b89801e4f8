"""Memory and processor time of a process and of everything it starts, sampled while it runs.

It deliberately reads /proc alone. Shared pages count once (PSS): the sum is what would be free if all of it ended.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
INTERVAL_SECONDS = 2.0
KIB = 1024
TICKS = os.sysconf("SC_CLK_TCK")
# Told apart by their command lines, most special first.
KINDS = {
    "plugin kubernetes": r"plugins\.kubernetes",
    "plugin docker": r"plugins\.docker",
    "Ansible": r"plugins\.slipway\.ansible|ansible",
    "plugin slipway": r"plugins\.slipway",
    "program": r"toolchain\.engine\.program",
    "language host": r"toolchain\.engine",
    "slipway command": r"bin/slipway\b",
    "ssh": r"(^|/)ssh(\s|:|$)",
    "Pulumi CLI": r"/pulumi\s",
}
OWN = ("plugin kubernetes", "plugin docker", "plugin slipway", "language host", "program")


@dataclass
class Peak:
    """The largest sum of one sample, and the largest of each kind at any time."""

    own_mib: float = 0.0
    """slipway's plugins, language host and program together."""
    own_at_peak: dict[str, float] = field(default_factory=dict)
    """How that sum is made up; several processes of a kind are added."""
    by_kind: dict[str, float] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    total_mib: float = 0.0
    """The whole tree, with the Pulumi CLI, Ansible and ssh."""
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """Processor time by kind; what lived for less than a sample's interval is not in it."""
    samples: int = 0

    def take(self, sample: dict[str, list[float]]) -> None:
        """Count one sample: kind -> MiB of each process."""
        sums = {kind: round(sum(sizes), 1) for kind, sizes in sample.items()}
        self.samples += 1
        for kind, size in sums.items():
            self.by_kind[kind] = max(size, self.by_kind.get(kind, 0.0))
            self.processes[kind] = max(len(sample[kind]), self.processes.get(kind, 0))
        self.total_mib = max(self.total_mib, round(sum(sums.values()), 1))
        own = {kind: size for kind, size in sums.items() if kind in OWN}
        if sum(own.values()) > self.own_mib:
            self.own_mib, self.own_at_peak = round(sum(own.values()), 1), own


class _Row(NamedTuple):
    """A process as /proc/PID/stat tells it, see proc(5)."""

    parent: int
    start: str
    """Since boot; tells a number that was used again apart."""
    cpu_seconds: float


class ProcessMemory:
    """Samples in a thread from `watch` to `stop`."""

    def __init__(self) -> None:
        self.peak = Peak()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: set[tuple[int, str]] = set()
        self._cpu: dict[tuple[int, str], tuple[str, float]] = {}

    def watch(self, root: int) -> None:
        """Begin with a process and its descendants."""
        self._thread = threading.Thread(target=self._sample_until_stop, args=(root,), daemon=True)
        self._thread.start()

    def stop(self) -> Peak:
        """End and return what was found."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        for kind, seconds in self._cpu.values():
            self.peak.cpu_seconds[kind] = round(self.peak.cpu_seconds.get(kind, 0.0) + seconds, 1)
        return self.peak

    def _sample_until_stop(self, root: int) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            self.peak.take(self._sample(root))

    def _sample(self, root: int) -> dict[str, list[float]]:
        table = _process_table()
        # Who was ever in the tree stays in it: ssh goes on in the background when its parent has ended.
        members = {root} | {pid for pid, row in table.items() if (pid, row.start) in self._seen}
        grown = True
        while grown:
            children = {pid for pid, row in table.items() if row.parent in members} - members
            members |= children
            grown = bool(children)
        members &= table.keys()
        self._seen = {(pid, table[pid].start) for pid in members}
        sample: dict[str, list[float]] = {}
        for pid in members:
            kind, size = _kind(pid), _pss_mib(pid)
            self._cpu[pid, table[pid].start] = (kind, table[pid].cpu_seconds)
            if size:
                sample.setdefault(kind, []).append(size)
        return sample


def _process_table() -> dict[int, _Row]:
    table = {}
    for path in PROC.glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        table[int(path.parent.name)] = _Row(int(fields[1]), fields[19], (int(fields[11]) + int(fields[12])) / TICKS)
    return table


def _kind(pid: int) -> str:
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "other"
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, command)), "other")


def _pss_mib(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / KIB for line in lines if line.startswith("Pss:")), 0.0)
