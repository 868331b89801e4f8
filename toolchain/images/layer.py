"""One layer: a tar of sorted entries with fixed times, compressed, named by its digest.

It deliberately takes the entries as they come and never looks at an image root itself.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tarfile
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from toolchain.images.failure import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from toolchain.images.entry import Entry
    from toolchain.images.recipe import Compression

# https://reproducible-builds.org/specs/source-date-epoch/; after 1980, so that zip files can be made from the tree.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+"
_CHUNK = 1 << 20
# Level 1 is where a layer is written fastest; a higher one saves little on a network that is this machine.
_GZIP_LEVEL = 1
_GZIP_HEADER = 31
_ZSTD_LEVEL = "-3"


@dataclass(frozen=True)
class Layer:
    """One layer as a manifest and a config name it."""

    digest: str
    """`sha256:...` over the compressed bytes: what a registry serves."""
    size: int
    """Compressed bytes."""
    media_type: str
    diff_id: str
    """`sha256:...` over the tar."""


class _Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


def write_layer(entries: Iterable[Entry], blobs: Path, compression: Compression) -> Layer:
    """Write a layer into `blobs` under the hex digest of its content.

    Raises:
        ImageError: The zstd command is missing or failed.
    """
    partial = blobs / f".layer-{threading.get_ident()}"
    with partial.open("wb") as file, _compressor(compression, file) as sink:
        tar = _Hashing(sink)
        _write_tar(sorted(entries, key=lambda entry: entry.path), tar)
    with partial.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    partial.chmod(0o644)
    partial.rename(blobs / digest)
    size = (blobs / digest).stat().st_size
    return Layer(f"sha256:{digest}", size, MEDIA_TYPE + compression, f"sha256:{tar.sha256.hexdigest()}")


class _Hashing:
    """A file to write to that hashes what passes through."""

    def __init__(self, sink: _Sink) -> None:
        self.sink = sink
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.sink.write(data)
        return len(data)


class _Gzip:
    """A gzip stream whose header names no time and no file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.deflate = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_HEADER)

    def write(self, data: bytes) -> None:
        self.file.write(self.deflate.compress(data))

    def close(self) -> None:
        self.file.write(self.deflate.flush())


@contextmanager
def _compressor(compression: Compression, file: BinaryIO) -> Iterator[_Sink]:
    if compression == "gzip":
        stream = _Gzip(file)
        yield stream
        stream.close()
        return
    command = ["zstd", "--quiet", "--no-progress", "-T1", _ZSTD_LEVEL, "--stdout"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file)
    except FileNotFoundError as error:
        raise ImageError(
            "The zstd command is missing, it compresses image layers. Run: apt-get install zstd"
        ) from error
    with process:
        if process.stdin is None:  # pragma: no cover - Popen was asked for a pipe
            raise ImageError("zstd has no standard input")
        yield process.stdin
    if process.returncode:
        raise ImageError(f"zstd ended with {process.returncode} while a layer was written. Is the disk full?")


def _write_tar(entries: Iterable[Entry], stream: _Hashing) -> None:
    first_of: dict[int, str] = {}
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT, bufsize=_CHUNK) as tar:  # type: ignore[call-overload]
        for entry in entries:
            member = _member(entry)
            if entry.inode and entry.inode in first_of:
                member.type, member.linkname, member.size = tarfile.LNKTYPE, first_of[entry.inode], 0
            elif entry.inode:
                first_of[entry.inode] = entry.path
            if member.isreg() and entry.source is not None:
                with entry.source.open("rb") as content:
                    tar.addfile(member, content)
            else:
                tar.addfile(member)


def _member(entry: Entry) -> tarfile.TarInfo:
    member = tarfile.TarInfo(entry.path)
    member.mode, member.uid, member.gid, member.mtime = stat.S_IMODE(entry.mode), entry.uid, entry.gid, EPOCH
    if stat.S_ISDIR(entry.mode):
        member.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(entry.mode):
        member.type, member.linkname = tarfile.SYMTYPE, entry.target
    elif entry.source is not None:
        member.size = entry.source.stat().st_size
    return member
