"""An archive's compression, chosen by its name: none, gzip, or zstd through the program of that name.

It deliberately knows nothing of what is in the archive.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS = "Use a name that ends with .tar, .tar.gz or .tar.zst."


@contextmanager
def open_for_writing(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open `path` for the archive that will be called `name`.

    Raises:
        ToolchainError: The name has an unknown ending, or the zstd program is missing or fails.
    """
    if name.endswith(".tar"):
        with path.open("wb") as plain:
            yield plain
    elif name.endswith((".tar.gz", ".tgz")):
        with gzip.open(path, "wb", compresslevel=1) as packed:
            yield cast("IO[bytes]", packed)
    elif name.endswith(".tar.zst"):
        with _through((_zstd(), "-q", "-f", "-T0", "-3", "-o", str(path)), stdin=True) as packed:
            yield packed
    else:
        raise ToolchainError(f"{name}: unknown kind of archive. {_ENDINGS}")


@contextmanager
def open_for_reading(path: Path) -> Iterator[IO[bytes]]:
    """Open an archive and unpack it while it is read.

    Raises:
        ToolchainError: The name has an unknown ending, or the zstd program is missing or fails.
    """
    if path.name.endswith(".tar"):
        with path.open("rb") as plain:
            yield plain
    elif path.name.endswith((".tar.gz", ".tgz")):
        with gzip.open(path, "rb") as packed:
            yield cast("IO[bytes]", packed)
    elif path.name.endswith(".tar.zst"):
        with _through((_zstd(), "-q", "-d", "-c", str(path)), stdin=False) as packed:
            yield packed
    else:
        raise ToolchainError(f"{path.name}: unknown kind of archive. {_ENDINGS}")


@contextmanager
def _through(command: tuple[str, ...], *, stdin: bool) -> Iterator[IO[bytes]]:
    ends = {"stdin": subprocess.PIPE} if stdin else {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, stderr=subprocess.PIPE, **ends) as process:  # type: ignore[call-overload]
        yield process.stdin if stdin else process.stdout
        if stdin:
            process.stdin.close()
        elif process.stdout.read(1):  # the archive's end comes before the stream's; zstd must not meet a closed pipe
            while process.stdout.read(1 << 20):
                pass
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise ToolchainError(f"{command[0]} ended with code {process.returncode}: {said}. Copy the archive here again.")


def _zstd() -> str:
    program = shutil.which("zstd")
    if program is None:
        raise ToolchainError(f"There is no zstd program here. Install it (apt-get install zstd). {_ENDINGS}")
    return program
