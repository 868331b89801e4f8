"""Where the history of an environment's availability is: one line a run, and a checkpoint of the run that is under way.

It deliberately imports nothing heavy, as the probing process starts with it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from operations.json_lines import JsonLines, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_RUNS = 2000


class HistoryFiles:
    """The availability directory of one environment.

    Args:
        directory: `<state>/environments/<env>/availability`; need not exist.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.history = JsonLines(directory / "history.jsonl", MOST_RUNS)
        self._checkpoint = directory / f"running.{os.getpid()}.json"

    def checkpoint(self, record: dict[str, Any]) -> None:
        """Keep what is known of the run that is under way."""
        replace(self._checkpoint, json.dumps(record).encode())

    def finish(self, record: dict[str, Any]) -> None:
        """Add a finished run to the history."""
        self.history.append(record)
        self._checkpoint.unlink(missing_ok=True)

    def read(self) -> list[dict[str, Any]]:
        """Return all runs, oldest first, after adding those whose prober was killed."""
        self._recover()
        return self.history.read()

    def _recover(self) -> None:
        known: set[str] | None = None
        for path, record in self._abandoned():
            # Killed between the two steps of `finish`, a run is in the history already.
            known = known if known is not None else {run.get("id", "") for run in self.history.read()}
            if record is not None and record.get("id") not in known:
                self.history.append(record)
            path.unlink(missing_ok=True)

    def _abandoned(self) -> Iterator[tuple[Path, dict[str, Any] | None]]:
        for path in sorted(self.directory.glob("running.*.json")):
            if not _is_alive(path.name.split(".")[1]):
                try:
                    yield path, json.loads(path.read_bytes())
                except ValueError:
                    yield path, None


def _is_alive(process: str) -> bool:
    """Say whether a prober with that id runs; the id alone may have gone to another program meanwhile."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:  # noqa: PTH123 - one read of procfs
            return b"operations.availability.prober" in file.read()
    except FileNotFoundError:
        return False
