"""An image root on disk: its entries, and what changed in it since it was unpacked.

It deliberately leaves out what is made new on every machine: devices, sockets, logs, caches and temporary files.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from toolchain.images.entry import WHITEOUT, Entry, directory_entry, file_entry, inside, whiteout_entry

# Nothing below them belongs to an image.
_EMPTY = frozenset({"dev", "proc", "sys", "run", "tmp", "var/tmp", "var/lib/apt/lists", "var/cache/apt"})
# Their directories belong to packages, their files do not.
_WITHOUT_FILES = ("var/log/", "var/cache/")
_EXECUTABLE = 0o111

Signature = tuple[int, ...]
Snapshot = dict[str, Signature]


def snapshot(root: Path) -> Snapshot:
    """Return what tells whether a path below the root was touched: inode, mode, owner, size and change time."""
    return {path: _signature(root / path) for path in _paths(root)}


def changed_entries(root: Path, before: Snapshot) -> list[Entry]:
    """Return the entries that were made or touched since `before`, and a whiteout for each that is gone."""
    present = _paths(root)
    changed = [_entry(root, path) for path in present if before.get(path) != _signature(root / path)]
    gone = before.keys() - set(present)
    topmost = [path for path in gone if str(PurePosixPath(path).parent) not in gone]
    return changed + [whiteout_entry(path) for path in topmost]


def overlay_entries(folder: Path, target: str, *, merged: bool) -> list[Entry]:
    """Return the entries of a folder of files, as if it were copied to `target` by root.

    Git keeps one bit of a mode, so a file is 0755 when it is executable and 0644 when it is not.
    """
    entries: list[Entry] = []
    for path in sorted(folder.rglob("*")):
        place = inside(f"{target.rstrip('/')}/{path.relative_to(folder).as_posix()}", merged=merged)
        if path.is_symlink():
            entries.append(Entry(place, stat.S_IFLNK | 0o777, target=str(path.readlink())))
        elif path.is_file():
            entries.append(file_entry(place, path, 0o755 if path.stat().st_mode & _EXECUTABLE else 0o644))
    return entries


def directories(entries: list[Entry]) -> frozenset[str]:
    """Return the paths that a layer above must not create again: directories, and links that stand for them."""
    return frozenset(entry.path for entry in entries if stat.S_ISDIR(entry.mode) or stat.S_ISLNK(entry.mode))


def all_entries(root: Path) -> list[Entry]:
    """Return every entry of the root."""
    return changed_entries(root, {})


def tree_of(folder: Path, target: str, exclude: tuple[str, ...] = ()) -> list[Entry]:
    """Return `target` itself and everything of a folder below it, less what `exclude` names at its top."""
    place = target.strip("/")
    left_out = tuple(f"{place}/{name}" for name in exclude)
    entries = overlay_entries(folder, target, merged=False)
    kept = [item for item in entries if not item.path.startswith(tuple(f"{path}/" for path in left_out))]
    return [directory_entry(place), *(item for item in kept if item.path not in left_out)]


def _paths(root: Path) -> list[str]:
    found: list[str] = []
    pending = [""]
    while pending:
        parent = pending.pop()
        for item in os.scandir(root / parent):
            path = f"{parent}/{item.name}" if parent else item.name
            is_directory = item.is_dir(follow_symlinks=False)
            if _belongs(path, item, is_directory=is_directory):
                found.append(path)
                if is_directory and path not in _EMPTY:
                    pending.append(path)
    return found


def _belongs(path: str, item: os.DirEntry[str], *, is_directory: bool) -> bool:
    if is_directory:
        return True
    mode = item.stat(follow_symlinks=False).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)) or item.name.startswith(WHITEOUT):
        return False
    return not path.startswith(_WITHOUT_FILES)


def _signature(path: Path) -> Signature:
    status = path.lstat()
    # The change time of a directory moves with every entry in it, also with one that was removed again.
    if stat.S_ISDIR(status.st_mode):
        return (status.st_mode, status.st_uid, status.st_gid)
    return (status.st_ino, status.st_mode, status.st_uid, status.st_gid, status.st_size, status.st_ctime_ns)


def _entry(root: Path, path: str) -> Entry:
    place = root / path
    status = place.lstat()
    regular = stat.S_ISREG(status.st_mode)
    return Entry(
        path,
        status.st_mode,
        source=place if regular else None,
        target=str(place.readlink()) if stat.S_ISLNK(status.st_mode) else "",
        uid=status.st_uid,
        gid=status.st_gid,
        inode=status.st_ino if regular and status.st_nlink > 1 else 0,
    )
