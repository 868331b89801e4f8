"""A machine over SSH, its host key pinned: does it answer, is there room on its disks, is its clock right?

It deliberately runs one harmless command and needs no privileges.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

# GNU date and POSIX df; /var is a volume of its own on a container machine.
COMMAND = "date +%s.%N && df -P / /var"
DF_COLUMNS = 6


@dataclass(frozen=True)
class HostReading:
    """What a machine says of itself."""

    clock_skew_seconds: float
    disk_percent: dict[str, int]
    """Used per cent by mount point."""


class HostTarget(Target):
    """One machine."""

    kind: Literal["host"]
    machine: str
    """Name of the machine in the output `nodes`."""
    max_disk_percent: float = 90
    max_clock_skew_seconds: float = 5

    @property
    def over_ssh(self) -> bool:
        """It does."""
        return True

    async def probe(self, context: ProbeContext) -> Finding:
        """Connect, read, judge."""
        await context.shells.open(self.machine)  # what connecting takes is not the clock's fault
        started = time.time()
        output = await context.shells.run(self.machine, COMMAND)
        return evaluate(parse_reading(output, local_time=(started + time.time()) / 2), self)


def evaluate(reading: HostReading, target: HostTarget) -> Finding:
    """Judge a reading."""
    fullest = max(reading.disk_percent, key=lambda mount: reading.disk_percent[mount])
    percent = reading.disk_percent[fullest]
    problems = []
    if percent > target.max_disk_percent:
        problems.append(f"disk {fullest} is {percent} % full, at most {target.max_disk_percent:g} % expected")
    if abs(reading.clock_skew_seconds) > target.max_clock_skew_seconds:
        problems.append(
            f"clock is {reading.clock_skew_seconds:+.1f} s off, at most {target.max_clock_skew_seconds:g} s expected"
        )
    detail = "; ".join(problems) or f"disk {percent} %, clock {reading.clock_skew_seconds:+.2f} s"
    return Finding(healthy=not problems, detail=detail)


def parse_reading(output: str, *, local_time: float) -> HostReading:
    """Read the output of the command; `local_time` is when the machine was asked, in seconds since the epoch.

    Raises:
        ValueError: It is not what the command prints.
    """
    first, _, table = output.partition("\n")
    disks = {}
    for line in table.splitlines()[1:]:
        columns = line.split(maxsplit=DF_COLUMNS - 1)
        disks[columns[-1]] = int(columns[-2].removesuffix("%"))
    if not disks:
        raise ValueError(f"'{COMMAND}' printed no file system: {output[:200]!r}")
    return HostReading(clock_skew_seconds=float(first) - local_time, disk_percent=disks)
