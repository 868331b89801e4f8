"""What slipway asks of the files below `.pulumi` in a backend, wherever they are.

It deliberately knows nothing of checkpoints: those are read and written by the Pulumi CLI alone.
"""

from __future__ import annotations

from typing import Protocol


class BackendFiles(Protocol):
    """The files of one backend; names are relative to it, such as `.pulumi/stacks/slipway/local.json`."""

    @property
    def only_this_machine(self) -> bool:
        """Whether runs on other machines cannot be at it."""

    def check(self) -> None:
        """Refuse a backend that cannot be used, before anything is touched.

        Raises:
            OperationFailedError: It is missing, cannot be reached or may not be read.
        """

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, sorted; a directory's own name ends with a slash."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None when it is gone."""

    def remove(self, names: list[str]) -> None:
        """Remove files, and directories that hold nothing else; what is gone already is no error."""
