"""The files of an image build: their digest, which decides whether to build again, and the archive that is sent.

The digest equals the official plugin's (``hashContext`` in provider/provider.go), or a move to it would rebuild all.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from plugins.docker.dockerignore import IgnoreRules
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 1 << 20
# The bits that Go's fs.FileMode writes as letters, in its order; the rest of its letters cannot occur in a context.
_GO_LETTERS = (
    (stat.S_ISLNK, "L"),
    (stat.S_ISBLK, "D"),
    (stat.S_ISFIFO, "p"),
    (stat.S_ISSOCK, "S"),
)
_GO_BITS = ((stat.S_ISUID, "u"), (stat.S_ISGID, "g"))


@dataclass(frozen=True)
class BuildContext:
    """A directory and a Dockerfile in or beside it; both relative to the program's directory, or absolute."""

    directory: Path
    dockerfile: Path

    @property
    def rules(self) -> IgnoreRules:
        """What is left out."""
        return IgnoreRules.of_context(self.dockerfile, self.directory)

    @property
    def dockerfile_in_context(self) -> str:
        """The Dockerfile relative to the directory; '../...' when it is outside."""
        return os.path.relpath(os.path.realpath(self.dockerfile), os.path.realpath(self.directory))

    def files(self) -> Iterator[str]:
        """Yield the files that count, relative to the directory, in the order of Go's ``filepath.WalkDir``."""
        yield from _walk(self.directory, "", self.rules)

    def digest(self) -> str:
        """Return the hex digest over names, modes and contents."""
        total = hashlib.sha256()
        _add(total, self.dockerfile, "Dockerfile", None)
        for name in self.files():
            path = self.directory / name
            _add(total, path, name, path.lstat().st_mode)
        return total.hexdigest()

    def write_archive(self, target: IO[bytes]) -> str:
        """Write the context as a tar archive, owned by root, and return the Dockerfile's name in it."""
        inside = self.dockerfile_in_context
        outside = inside.startswith("../")
        name = ".dockerfile." + hashlib.sha256(inside.encode()).hexdigest()[:20] if outside else inside
        # The engine needs these even when they are ignored, and keeps them out of the image itself.
        always = [".dockerignore"] if (self.directory / ".dockerignore").is_file() else []
        members = {**dict.fromkeys([*self.files(), *always], None), name: self.dockerfile}
        with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for member, path in members.items():
                archive.add(path or self.directory / member, member, recursive=False, filter=_owned_by_root)
        return name


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _walk(root: Path, below: str, rules: IgnoreRules) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    except OSError as error:
        raise ResourceFailed(f"The build context cannot be read: {error.filename}: {error.strerror}.") from error
    for entry in entries:
        name = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if not rules.ignores_tree(name):
                yield from _walk(root, name, rules)
        elif not rules.ignores(name):
            yield name


def _add(total: hashlib._Hash, path: Path, name: str, mode: int | None) -> None:
    """Add one file; the Dockerfile comes without mode, and so does not care who may read it."""
    content = hashlib.sha256()
    if mode is not None and stat.S_ISLNK(mode):
        content.update(_target(str(path)).encode())
    elif mode is None or stat.S_ISREG(mode):
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    content.update(chunk)
        except OSError as error:
            raise ResourceFailed(f"The build context cannot be read: {path}: {error.strerror}.") from error
    total.update(os.path.normpath(name).encode() + go_mode(mode or 0).encode() + content.digest() + b"\0")


def go_mode(mode: int) -> str:
    """Write a file mode as Go's ``fs.FileMode.String`` does: '-rw-r--r--', 'Lrwxrwxrwx', 'urwxr-xr-x'."""
    letters = "".join(letter for test, letter in _GO_LETTERS if test(mode))
    letters += "".join(letter for bit, letter in _GO_BITS if mode & bit)
    if stat.S_ISCHR(mode):
        letters += "Dc"
    if mode & stat.S_ISVTX:
        letters += "t"
    return (letters or "-") + "".join(letter if mode & (0o400 >> at) else "-" for at, letter in enumerate("rwxrwxrwx"))


def _target(path: str) -> str:
    """Resolve symbolic links as Go's ``filepath.EvalSymlinks`` does: a relative path stays relative.

    Raises:
        ResourceFailed: a link points nowhere, which the official plugin refuses as well.
    """
    if not Path(path).exists():
        raise ResourceFailed(f"The build context has a symbolic link that points nowhere: {path}.")
    pending, done = path.split("/"), "/" if path.startswith("/") else ""
    while pending:
        part = pending.pop(0)
        if part in ("", "."):
            continue
        step = os.path.normpath(f"{done.rstrip('/')}/{part}" if done else part)
        if part != ".." and os.path.islink(step):  # noqa: PTH114 - a Path would lose a leading './..'
            link = os.readlink(step)  # noqa: PTH115 - likewise
            pending = link.split("/") + pending
            done = "/" if link.startswith("/") else done
        else:
            done = step
    return done or "."
