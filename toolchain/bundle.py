"""The cache as one archive: packed where there is a network, restored and verified where there is none.

It deliberately packs only what is complete and pinned by this checkout's tools.toml, and on the other side trusts
nothing but the sha256s in the archive's own list, which comes first in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from toolchain.archive_stream import open_for_reading, open_for_writing
from toolchain.cache import Cache, publish
from toolchain.definition import load_tools
from toolchain.failure import ToolchainError
from toolchain.manifest import file_sha256, intact, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_NAME = "bundle.json"
FORMAT = 1
# tools/<name>/<digest> and images/<name>/<digest>: what is installed by one rename.
_UNIT_DEPTH = 3
_EXECUTABLE = 0o111


class BundledFile(BaseModel):
    """One file of a bundle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    sha256: str
    executable: bool
    mtime_ns: int


class BundleList(BaseModel):
    """The first member of a bundle: everything that must follow, by path below the cache directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    files: dict[str, BundledFile]


def bundle(archive: Path, cache: Cache | None = None, images: list[Path] | None = None) -> BundleList:
    """Pack the tools and images of the cache into `archive` (.tar, .tar.gz or .tar.zst), in one rename.

    Args:
        archive: The file to write.
        cache: The cache to pack, the one of this machine by default.
        images: Directories of images to pack, all that this checkout pins by default.

    Raises:
        ToolchainError: A tool or image is missing in the cache, or the archive cannot be written.
    """
    store = cache or Cache(load_tools())
    absent = [tool.name for tool in store.tools.tool if store.find(tool) is None]
    if absent:
        raise ToolchainError(f"Not in the cache: {', '.join(absent)}. Run slipway setup, then bundle again.")
    # An optional one goes along where it was brought.
    tools = [*store.tools.tool, *(tool for tool in store.tools.optional_tool if store.find(tool))]
    units = [*(store.directory(tool) for tool in tools), *(current_images() if images is None else images)]
    listing = BundleList(format=FORMAT, files=dict(_describe(store.root, units)))
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_name(f".partial-{os.getpid()}-{archive.name}")
    try:
        # dereference: images share layers by hard links, but a bundle holds plain files only
        with (
            open_for_writing(partial, archive.name) as stream,
            tarfile.open(fileobj=stream, mode="w|", dereference=True) as tar,
        ):
            _add_list(tar, listing)
            for name in listing.files:
                tar.add(store.root / name, name, recursive=False)
        partial.replace(archive)
    finally:
        partial.unlink(missing_ok=True)
    return listing


def restore(archive: Path, root: Path | None = None) -> BundleList:
    """Put everything of a bundle into the cache; nothing is installed unless every file is what the list says.

    Raises:
        ToolchainError: The archive is missing, damaged, incomplete, or holds something it does not list.
    """
    store = Cache(load_tools(), root)
    if not archive.is_file():
        raise ToolchainError(f"{archive}: no such file. Make one with slipway bundle on a machine that has a network.")
    with store.lock("restore"), store.workspace("restore") as unpacked:
        try:
            with open_for_reading(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
                listing = _unpack(tar, unpacked)
        except (tarfile.TarError, EOFError, OSError, ValidationError) as error:
            raise ToolchainError(f"{archive}: not a whole bundle: {error}. Copy it here again.") from error
        units = sorted({PurePosixPath(*PurePosixPath(name).parts[:_UNIT_DEPTH]) for name in listing.files})
        for unit in units:
            _install(unpacked / unit, store.root / unit)
    return listing


def current_images() -> list[Path]:
    """Return the directories of all images as this checkout pins them.

    Raises:
        ToolchainError: One of them is not complete in the cache.
    """
    # Late, because recipes look up tools, and a bundle of tools alone needs none of it.
    from toolchain.images import lookup, recipe  # noqa: PLC0415

    # An optional one goes along where it was made.
    optional = recipe.optional_names()
    names = [name for name in recipe.recipe_names() if name not in optional or lookup.find(name)]
    if absent := [name for name in names if lookup.find(name) is None]:
        raise ToolchainError(f"Images not in the cache: {', '.join(absent)}. Run slipway setup, then bundle again.")
    return [lookup.directory(name) for name in names]


def _describe(root: Path, units: list[Path]) -> Iterator[tuple[str, BundledFile]]:
    for unit in units:
        for path in sorted(path for path in unit.rglob("*") if path.is_file() and not path.is_symlink()):
            stat = path.stat()
            yield (
                str(path.relative_to(root)),
                BundledFile(
                    size=stat.st_size,
                    sha256=file_sha256(path),
                    executable=bool(stat.st_mode & _EXECUTABLE),
                    mtime_ns=stat.st_mtime_ns,
                ),
            )


def _add_list(tar: tarfile.TarFile, listing: BundleList) -> None:
    text = json.dumps(listing.model_dump(mode="json"), indent=1, sort_keys=True).encode()
    member = tarfile.TarInfo(LIST_NAME)
    member.size = len(text)
    tar.addfile(member, io.BytesIO(text))


def _unpack(tar: tarfile.TarFile, target: Path) -> BundleList:
    listing: BundleList | None = None
    left: set[str] = set()
    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        if content is None:
            raise ToolchainError(
                f"{member.name}: a bundle holds plain files only; this archive was not made by slipway."
            )
        if listing is None:
            listing = _read_list(member.name, content)
            left = set(listing.files)
        elif member.name not in left:
            raise ToolchainError(f"{member.name}: is in the bundle, but not in its list. Copy the archive here again.")
        else:
            left.remove(member.name)
            _write(content, target / member.name, member.name, listing.files[member.name])
    if listing is None or left:
        raise ToolchainError(f"The bundle lacks {len(left) or 'all'} of its files. Copy the archive here again.")
    return listing


def _read_list(name: str, content: IO[bytes]) -> BundleList:
    if name != LIST_NAME:
        raise ToolchainError(
            f"The archive begins with {name}, not with {LIST_NAME}: it was not made by slipway bundle."
        )
    listing = BundleList.model_validate_json(content.read())
    if listing.format != FORMAT:
        raise ToolchainError(
            f"The bundle has format {listing.format}, this slipway reads {FORMAT}. Use the same version."
        )
    for path in listing.files:
        parts = PurePosixPath(path).parts
        if parts[0] not in {"tools", "images"} or ".." in parts or len(parts) <= _UNIT_DEPTH:
            raise ToolchainError(f"{path}: not a place of the cache; this archive was not made by slipway bundle.")
    return listing


def _write(content: IO[bytes], target: Path, name: str, expected: BundledFile) -> None:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != expected.sha256:
        raise ToolchainError(f"{name}: damaged in the archive (sha256 {digest.hexdigest()}). Copy it here again.")
    target.chmod(0o755 if expected.executable else 0o644)
    # With its old time, a file counts as unchanged without being read again (toolchain/manifest.py).
    os.utime(target, ns=(expected.mtime_ns, expected.mtime_ns))


def _install(unpacked: Path, final: Path) -> None:
    manifest = read_manifest(final)
    if manifest and intact(final, manifest):
        return
    if final.exists() and manifest is None and final.parts[-_UNIT_DEPTH] == "images":
        return  # an image's directory has its name only when it is complete, and its content never changes
    final.parent.mkdir(parents=True, exist_ok=True)
    publish(unpacked, final)
    shutil.rmtree(unpacked, ignore_errors=True)
