"""What an image holds besides Debian's packages: tools, data, single files, Python packages, and its overlay.

It deliberately only gathers entries; nothing is copied before a layer is written, except what must be unpacked.
"""

from __future__ import annotations

import shutil
import stat
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from toolchain.images import binaries
from toolchain.images.apt import run
from toolchain.images.archives import gather
from toolchain.images.entry import Entry, directory_entry, file_entry, inside
from toolchain.images.failure import ImageError
from toolchain.images.key import existing
from toolchain.images.tree import overlay_entries, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.images.apt import Apt
    from toolchain.images.recipe import Recipe

# Debian 12's own; the wheels must fit it, whichever Python runs the set-up.
_PYTHON = (3, 11)


def content_entries(recipe: Recipe, folder: Path, work: Path, apt: Apt) -> list[Entry]:
    """Return what changes with the versions of the software: tools, data, single files and Python packages."""
    merged = bool(recipe.packages)
    entries = [
        file_entry(inside(target, merged=merged), binaries.executable(name), 0o755)
        for name, target in recipe.tools.items()
    ]
    for item in recipe.data:
        entries += tree_of(binaries.data_directory(item.tool, item.name), item.target, item.exclude)
    for package, files in recipe.extract.items():
        apt.prepare()
        apt.extract(package, work / package)
        entries += [_extracted(work / package, package, source, target, merged) for source, target in files.items()]
    if recipe.archives:
        gathered = work / "archives"
        gather(recipe.archives, apt.of_suite(recipe.archives.suite), gathered)
        entries += tree_of(gathered, recipe.archives.target)
    if recipe.wheels:
        unpacked = work / "wheels"
        _unpack_wheels(existing(folder, recipe.wheels.requirements), unpacked)
        entries += tree_of(unpacked, recipe.wheels.target)
    return entries


def own_entries(recipe: Recipe, folder: Path) -> list[Entry]:
    """Return what changes with the recipe alone: its overlay, with the modes it declares, and its directories.

    Raises:
        ImageError: `permissions` names a file that the overlay lacks.
    """
    merged = bool(recipe.packages)
    entries = overlay_entries(existing(folder, recipe.overlay), "/", merged=merged) if recipe.overlay else []
    modes = {inside(path, merged=merged): int(mode, 8) for path, mode in recipe.permissions.items()}
    if unknown := sorted(modes.keys() - {entry.path for entry in entries}):
        raise ImageError(f"{folder.name}/image.toml: permissions names /{unknown[0]}, which the overlay lacks.")
    entries = [
        replace(entry, mode=stat.S_IFREG | modes[entry.path]) if entry.path in modes else entry for entry in entries
    ]
    made = [directory_entry(inside(path, merged=merged), int(mode, 8)) for path, mode in recipe.directories.items()]
    return entries + made


def _extracted(unpacked: Path, package: str, source: str, target: str, merged: bool) -> Entry:  # noqa: FBT001
    path = unpacked / source.lstrip("/")
    if not path.is_file():
        raise ImageError(f"The Debian package {package} has no file {source}. See: dpkg-deb --contents")
    return file_entry(inside(target, merged=merged), path, stat.S_IMODE(path.stat().st_mode))


def _unpack_wheels(requirements: Path, target: Path) -> None:
    """Install locked wheels into a directory, with byte code that needs no look at the times of the sources."""
    what = f"Install {requirements}"
    version = ".".join(map(str, _PYTHON))
    locked = ["--require-hashes", "--only-binary", ":all:", "--python-version", version, "--no-deps"]
    if shutil.which("uv"):
        install = ["uv", "pip", "install", "--quiet", "--link-mode", "copy"]
    else:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*install, *locked, "--target", str(target), "--requirement", str(requirements)], what)
    # Start scripts name the Python that installed them, which is not the image's: `python3 -m` replaces them.
    shutil.rmtree(target / "bin", ignore_errors=True)
    for record in target.glob("*.dist-info/RECORD"):
        record.unlink()  # names the files of the installer, which differ between uv and pip
    if sys.version_info[:2] == _PYTHON:
        compile_all = [sys.executable, "-m", "compileall", "-q", "-o", "0", "--invalidation-mode", "unchecked-hash"]
        run([*compile_all, "-s", str(target), "-p", "/", str(target)], what)
