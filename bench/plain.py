"""Runs bench/plain.sh on captured files and reads its phases.

It deliberately counts from the script's first command to the first answer of the health address, without the clean-up.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.environment import ROOT, BenchFailedError, Timed, settle, tail

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "bench/plain.sh"


@dataclass(frozen=True)
class PlainRun:
    """One run of the script."""

    timed: Timed
    phases: dict[str, float]
    """Seconds since the start at which each phase had ended."""


def run(captured: Path) -> PlainRun:
    """Run the script until it is healthy and has cleaned up after itself.

    Raises:
        BenchFailedError: It failed.
    """
    settle()
    before = os.getloadavg()[0]
    process = subprocess.Popen(
        [SCRIPT, captured], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output, times, after = [], {}, before
    try:
        for line in process.stdout or ():
            if line.startswith("phase "):
                _, name, moment = line.split()
                times[name], after = float(moment), os.getloadavg()[0]
            else:
                output.append(line)
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()  # it cleans up on the way out
            process.wait()
    if code != 0 or "healthy" not in times:
        raise BenchFailedError(f"{SCRIPT} ended with {code} after {list(times)}:\n{tail(''.join(output))}")
    phases = {name: round(moment - times["start"], 1) for name, moment in times.items() if name != "start"}
    return PlainRun(Timed(phases["healthy"], (before, after)), phases)
