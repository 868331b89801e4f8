"""A history on disk: one JSON document a line, appended and never changed, of which the newest lines are kept.

It deliberately knows nothing of what the lines mean, and imports nothing heavy.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLACK = 1.25
"""How far a file may grow beyond what is kept before it is written anew, so that this happens seldom."""


@dataclass(frozen=True)
class JsonLines:
    """One history."""

    path: Path
    most: int
    """How many of the newest lines are kept."""

    def append(self, document: dict[str, Any]) -> None:
        """Add one line; it is on disk when this returns, and a crash half way leaves all earlier lines as they were."""
        line = json.dumps(document, separators=(",", ":")).encode() + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(), self.path.open("ab+") as file:
            # One write: a reader sees the line or not. After a torn line a new one begins.
            file.write(line if _ends_a_line(file.fileno()) else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
            self._shorten()

    def read(self) -> list[dict[str, Any]]:
        """Return every document, oldest first; a line that a crash has torn is passed over."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [document for line in lines if (document := _parsed(line)) is not None]

    def _shorten(self) -> None:
        lines = self.path.read_bytes().splitlines(keepends=True)
        if len(lines) > self.most * SLACK:
            replace(self.path, b"".join(lines[-self.most :]))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # A file of its own, as the history itself is replaced when it is shortened.
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def replace(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new, and a crash leaves one of the two."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
