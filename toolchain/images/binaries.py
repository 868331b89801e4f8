"""Where the executables and data that go into images are, and what identifies them without reading them.

It deliberately builds nothing. `SLIPWAY_TOOLS_DIRECTORY` names a directory of executables that replaces the toolchain's
cache, for trying images with tools that were built by hand.
"""

from __future__ import annotations

import os
from pathlib import Path

from toolchain import lookup
from toolchain.images.failure import ImageError

DIRECTORY_VARIABLE = "SLIPWAY_TOOLS_DIRECTORY"


def executable(name: str) -> Path:
    """Return the path of an executable.

    Raises:
        ToolchainError: It is not there; the text says what to run.
    """
    by_hand = _by_hand()
    if by_hand is None:
        return lookup.executable(name)
    path = by_hand / name
    if not path.is_file():
        raise ImageError(f"{name} is not in {by_hand}, which {DIRECTORY_VARIABLE} names. Build it there, or unset it.")
    return path


def executable_digest(name: str) -> str:
    """Return what identifies an executable's content, in a few stat calls."""
    if _by_hand() is None:
        return lookup.tool_digest(name)
    status = executable(name).stat()
    return f"{name}:{status.st_size}:{status.st_mtime_ns}"


def data_directory(tool: str, name: str) -> Path:
    """Return a directory of source data that the toolchain keeps with a tool.

    Raises:
        ToolchainError: It is not there; the text says what to run.
    """
    by_hand = _by_hand()
    if by_hand is None:
        return lookup.data_directory(tool, name)
    if not (by_hand / name).is_dir():
        raise ImageError(f"{name} of {tool} is not in {by_hand}, which {DIRECTORY_VARIABLE} names.")
    return by_hand / name


def data_digest(tool: str) -> str:
    """Return what identifies a tool's data: the tool itself, as its sources are pinned with it."""
    return "by hand" if _by_hand() else lookup.tool_digest(tool)


def _by_hand() -> Path | None:
    directory = os.environ.get(DIRECTORY_VARIABLE)
    return Path(directory) if directory else None
