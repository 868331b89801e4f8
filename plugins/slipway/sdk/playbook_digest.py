"""The digest of a playbook and of everything beside it that it may use.

It reads files only; it neither parses playbooks nor looks at hosts.
"""

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

IGNORED_DIRECTORIES = frozenset({"__pycache__", "molecule", "tests", ".ansible", ".git"})


def playbooks_directory() -> Path:
    """Return the directory of the playbooks of this checkout."""
    return Path(__file__).resolve().parents[3] / "playbooks"


@functools.cache
def playbook_digest(directory: Path, playbook: str) -> str:
    """Return ``sha256:...`` over the playbook and all folders beside it (roles, group_vars, files, ...).

    Other playbooks in the directory do not count: a change of one must not rerun the others. The result is kept for
    the life of the process, since a program asks for the same playbook once per machine.

    Raises:
        FileNotFoundError: the playbook does not exist.
    """
    path = directory / playbook
    if not path.is_file():
        raise FileNotFoundError(f"Playbook {playbook} is not in {directory}.\nCheck the name given to AnsibleRun.")
    digest = hashlib.sha256()
    for file in (path, *_files_below(directory)):
        digest.update(_fingerprint(file, directory))
    return f"sha256:{digest.hexdigest()}"


def _files_below(directory: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(directory):
        names[:] = sorted(name for name in names if name not in IGNORED_DIRECTORIES)
        if Path(folder) != directory:
            yield from (Path(folder) / name for name in sorted(files) if not name.endswith((".pyc", ".md")))


def _fingerprint(file: Path, directory: Path) -> bytes:
    """Describe one file by its relative path, whether it is executable, and its content."""
    name = file.relative_to(directory).as_posix()
    if file.is_symlink():
        return f"{name}\0link\0{file.readlink()}\0".encode()
    executable = bool(file.stat().st_mode & 0o100)
    return f"{name}\0{executable:d}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode()
