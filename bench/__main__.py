"""`bench/run`: measures slipway and the plain script in turn, and prints the table.

It deliberately leaves nothing behind: no container, no environment file, no secret on disk, however it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench import capture, environment, environment_memory, plain, report, stack_state, timings
from bench.process_memory import ProcessMemory

LONGEST = 15
"""How many resources the JSON names as those that took longest."""
console = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="bench/run", description="Measure slipway against a plain script.")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="rounds of slipway and plain script in turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured to a file")
    parser.add_argument("--without-plain", action="store_true", help="slipway alone: no ratio to the script")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is open is removed
    rounds: list[report.Round] = []
    try:
        for number in range(1, options.repeat + 1):
            console.print(f"Round {number} of {options.repeat}", markup=False)
            # In memory where there is such a place: the captured files hold the environment's secrets.
            place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a private directory below it
            with tempfile.TemporaryDirectory(prefix="slipway-bench-", dir=place) as work:
                rounds.append(_round(Path(work), with_plain=not options.without_plain))
    except environment.BenchFailedError as error:
        console.print(str(error), markup=False)
        return 1
    finally:
        if options.json and rounds:
            options.json.write_text(json.dumps(report.as_json(rounds), indent=2) + "\n")
    for table in report.tables(rounds):
        Console().print(table)
    return 0


def _round(work: Path, *, with_plain: bool) -> report.Round:
    try:
        environment.destroy()
        measured = _slipway(work)
    finally:
        environment.destroy()
    if with_plain:
        measured.plain = plain.run(work / "captured")
        console.print(f"plain script: {measured.plain.timed.seconds:.1f} s {measured.plain.phases}", markup=False)
    return measured


def _slipway(work: Path) -> report.Round:
    environment.write_file(general=2)
    memory = ProcessMemory()
    try:
        first = environment.up(work, "up", memory.watch)
    finally:
        peak = memory.stop()
    console.print(f"slipway up: {first.seconds:.1f} s", markup=False)
    used = environment_memory.memory_mib()
    recorded = stack_state.resources()
    capture.capture(work / "captured")
    again = environment.up(work, "again")
    console.print(f"slipway up again: {again.seconds:.1f} s", markup=False)
    environment.write_file(general=3)
    scaled = environment.up(work, "scaled")
    console.print(f"slipway up with one machine more: {scaled.seconds:.1f} s", markup=False)
    measured = report.Round(first, again, scaled, peak, used, environment_memory.memory_mib())
    spans = timings.spans((work / "up.log").read_text(), recorded)
    measured.critical_path = timings.critical_path(spans, recorded)
    measured.longest = sorted(spans.values(), key=lambda span: -span.seconds)[:LONGEST]
    return measured


if __name__ == "__main__":
    sys.exit(main())
