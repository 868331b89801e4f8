"""The passphrase that encrypts the secrets in Pulumi's state: made once per machine, readable by its owner only.

It deliberately never shows, returns or logs the passphrase; Pulumi reads it from the file.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from pathlib import Path

RANDOM_BYTES = 32


def ensure_passphrase(path: Path) -> None:
    """Make the passphrase file with mode 0600 unless it is there.

    Raises:
        OperationFailedError: The file is there but empty, or others may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_once(path)
    _check(path)


def _write_once(path: Path) -> None:
    """Write under another name and link into place: two first runs at once must end with one passphrase."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(RANDOM_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # Another run was first; its passphrase is the one.
    finally:
        draft.unlink()


def _check(path: Path) -> None:
    status = path.stat()
    if status.st_size == 0:
        raise OperationFailedError(
            f"The passphrase file {path} is empty, so no secret of any stack can be read. Restore it from a backup, "
            "or remove it together with the state beside it.",
            ExitCode.CONFIGURATION,
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise OperationFailedError(
            f"The passphrase file {path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}, expected "
            f"0600). Run: chmod 600 {path}",
            ExitCode.CONFIGURATION,
        )
