"""The digest of a playbook and of everything beside it that it may use.

It reads files only; it evaluates no playbook and looks at no host.
"""

import functools
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

ROLE_REFERENCE = re.compile(
    r"""^[\s-]*(?:role|(?:ansible\.builtin\.)?(?:include|import)_role:\s*\n\s*name):\s*["']?([^\s"'#]+)""", re.MULTILINE
)
"""`role: x` of a play, and `name: x` as the first key of include_role or import_role."""
IGNORED_DIRECTORIES = frozenset({"__pycache__", "molecule", "tests", ".ansible", ".git"})


def playbooks_directory() -> Path:
    """Return the directory of the playbooks of this checkout."""
    return Path(__file__).resolve().parents[3] / "playbooks"


@functools.cache
def playbook_digest(directory: Path, playbook: str) -> str:
    """Return ``sha256:...`` over the playbook, the roles it uses, and all other folders beside it.

    Other playbooks and other roles do not count: a change of one must not rerun the others on every machine. The
    result is kept for the life of the process, since a program asks for the same playbook once per machine.

    Raises:
        FileNotFoundError: the playbook does not exist.
    """
    path = directory / playbook
    if not path.is_file():
        raise FileNotFoundError(f"Playbook {playbook} is not in {directory}.\nCheck the name given to AnsibleRun.")
    digest = hashlib.sha256()
    unused = {directory / "roles" / name for name in _other_roles(directory / "roles", path)}
    for file in (path, *_files_below(directory)):
        if not unused.intersection(file.parents):
            digest.update(_fingerprint(file, directory))
    return f"sha256:{digest.hexdigest()}"


def _other_roles(roles: Path, playbook: Path) -> set[str]:
    """Return the roles that the playbook does not use, directly or through a role it uses."""
    other = {path.name for path in roles.iterdir() if path.is_dir()} if roles.is_dir() else set()
    to_read = [playbook]
    while to_read:
        named = set(ROLE_REFERENCE.findall(to_read.pop().read_text(encoding="utf-8")))
        if any("{{" in name for name in named):  # a role that only the run will name
            return set()
        used = named & other
        other -= used
        for name in sorted(used):
            to_read += sorted((roles / name).rglob("*.yml"))
    return other


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
