"""One path of a layer: what kind it is, its mode and owner, and where its bytes are.

It deliberately holds no content and no times; the layer writer reads the bytes and gives every entry the same time.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

WHITEOUT = ".wh."
# On a Debian root these are links to the folder below /usr; a folder of that name in a layer would replace the link.
_MERGED = frozenset({"bin", "sbin", "lib", "lib32", "lib64", "libx32"})


@dataclass(frozen=True)
class Entry:
    """A file, directory or link of a layer."""

    path: str
    """Relative to the image's root, without a leading slash."""
    mode: int
    """File type and permissions, as in `stat.st_mode`."""
    source: Path | None = None
    """Where the content of a regular file is; None: it is empty."""
    target: str = ""
    """Where a symbolic link points."""
    uid: int = 0
    gid: int = 0
    inode: int = 0
    """Equal for hard links to one file; 0: none."""


def file_entry(path: str, source: Path, permissions: int) -> Entry:
    """Return a regular file owned by root."""
    return Entry(path, stat.S_IFREG | permissions, source)


def directory_entry(path: str, permissions: int = 0o755) -> Entry:
    """Return a directory owned by root."""
    return Entry(path, stat.S_IFDIR | permissions)


def whiteout_entry(path: str) -> Entry:
    """Return the mark that a path of a lower layer is gone (image-spec, layer.md)."""
    pure = PurePosixPath(path)
    return Entry(str(pure.with_name(WHITEOUT + pure.name)), stat.S_IFREG | 0o644)


def inside(path: str, *, merged: bool) -> str:
    """Return an absolute path of a recipe as a layer spells it; `merged` when the root is Debian's merged /usr."""
    relative = path.strip("/")
    if merged and relative.split("/", 1)[0] in _MERGED:
        return f"usr/{relative}"
    return relative


def with_parents(entries: list[Entry], known: frozenset[str]) -> list[Entry]:
    """Add the directories that lead to the entries, less those that the layers below have already."""
    have = {entry.path for entry in entries}
    parents = {str(parent) for entry in entries for parent in PurePosixPath(entry.path).parents} - {"."}
    return entries + [directory_entry(path) for path in parents - have - known]
