"""What a complete tool says about itself: the manifest beside its executables, with size, time and sha256 of each.

It deliberately hashes nothing on the fast path: an unchanged size and modification time stand for unchanged content,
and only a file whose time moved is read again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.definition import Tool

MANIFEST_NAME = "manifest.json"
_PERMISSIONS = 0o777


class FileRecord(BaseModel):
    """One file as it was when it was installed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    mtime_ns: int
    sha256: str


class Manifest(BaseModel):
    """The proof that a tool's directory is complete."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    digest: str
    source: str
    """Where it came from: `release`, `wheel`, `packages` or `go module`."""
    seconds: float
    executables: dict[str, FileRecord]
    data: dict[str, str]
    """Data directory -> sha256 over the names and contents of its files."""


def record(directory: Path, tool: Tool, digest: str, source: str, seconds: float) -> Manifest:
    """Return the manifest of a freshly filled directory; reads every file once."""
    return Manifest(
        name=tool.name,
        version=tool.version,
        digest=digest,
        source=source,
        seconds=seconds,
        executables={name: record_file(directory / name) for name in tool.executables},
        data={name: tree_sha256(directory / name) for name in tool.data if (directory / name).is_dir()},
    )


def record_file(path: Path) -> FileRecord:
    """Return size, modification time and sha256 of a file."""
    stat = path.stat()
    return FileRecord(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=file_sha256(path))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(directory: Path) -> str:
    """Return a sha256 over the relative names, modes and contents of all files below a directory."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        mode = path.stat().st_mode & _PERMISSIONS
        digest.update(f"{path.relative_to(directory)}\0{mode:o}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def read_manifest(directory: Path) -> Manifest | None:
    """Return the manifest of a directory, or None when it is absent or not a manifest."""
    try:
        return Manifest.model_validate_json((directory / MANIFEST_NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest; the caller flushes and publishes the directory."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, sort_keys=True)
    (directory / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def intact(directory: Path, manifest: Manifest) -> bool:
    """Tell whether the directory still holds what its manifest says; data directories are only looked for."""
    files = all(_unchanged(directory / name, expected) for name, expected in manifest.executables.items())
    return files and all((directory / name).is_dir() for name in manifest.data)


def verified(directory: Path, manifest: Manifest) -> list[str]:
    """Return the names whose content differs from the manifest, reading everything."""
    wrong = [
        name
        for name, expected in manifest.executables.items()
        if not (directory / name).is_file() or file_sha256(directory / name) != expected.sha256
    ]
    wrong += [
        name
        for name, expected in manifest.data.items()
        if not (directory / name).is_dir() or tree_sha256(directory / name) != expected
    ]
    return wrong


def _unchanged(path: Path, expected: FileRecord) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False
    if stat.st_size != expected.size:
        return False
    return stat.st_mtime_ns == expected.mtime_ns or file_sha256(path) == expected.sha256
