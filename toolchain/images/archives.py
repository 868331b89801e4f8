"""Debian packages as files with an index, so that apt on a host can install them without any other source.

It deliberately leaves out what every Debian system has (priority `required`); what apt checks is left to apt.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from toolchain.images.apt import output

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.images.apt import Apt
    from toolchain.images.recipe import Archives

INDEX = "Packages"


def gather(archives: Archives, apt: Apt, directory: Path) -> None:
    """Fill a directory with the packages, all that they depend on, and the index of a flat repository.

    See https://wiki.debian.org/DebianRepository/Format, "Flat Repository Format".
    """
    directory.mkdir(parents=True)
    apt.prepare()
    apt.download(archives.packages, directory)
    stanzas = [_stanza(path) for path in sorted(directory.glob("*.deb")) if not _is_everywhere(path)]
    (directory / INDEX).write_text("\n".join(stanzas), encoding="utf-8")


def _is_everywhere(path: Path) -> bool:
    """Remove a package that no Debian system lacks, and say so."""
    needless = output(["dpkg-deb", "--field", str(path), "Priority"]).strip() == "required"
    if needless:
        path.unlink()
    return needless


def _stanza(path: Path) -> str:
    content = path.read_bytes()
    fields = output(["dpkg-deb", "--field", str(path)]).rstrip("\n")
    where = f"Filename: ./{path.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}"
    return f"{fields}\n{where}\n"
