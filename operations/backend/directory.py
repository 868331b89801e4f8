"""A backend in a directory of this machine.

It deliberately takes every missing directory for an empty one: the CLI makes them when it needs them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DirectoryFiles:
    """The files of a backend such as `file:///home/me/state`."""

    root: Path
    only_this_machine: bool = True

    def check(self) -> None:
        """Accept it: the CLI makes what is missing, and says which directory it may not write to."""

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, sorted; a directory's own name ends with a slash."""
        start = (self.root / prefix).parent if not prefix.endswith("/") else self.root / prefix
        found = (start, *start.rglob("*")) if start.is_dir() else ()
        names = (path.relative_to(self.root).as_posix() + ("/" if path.is_dir() else "") for path in found)
        return sorted(name for name in names if name.startswith(prefix))

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None when it is gone."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, names: list[str]) -> None:
        """Remove files, and directories that hold nothing else; what is gone already is no error."""
        for name in sorted(names, reverse=True):  # what is in a directory comes before the directory
            path = self.root / name
            with contextlib.suppress(OSError):
                if name.endswith("/"):
                    path.rmdir()
                else:
                    path.unlink()
