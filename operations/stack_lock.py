"""The lock that a run of Pulumi holds on a stack in a file backend, and what to do about one that a killed run left.

It deliberately never breaks the lock of a run that lives, or of another machine: only people can judge those.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from operations import pulumi_cli
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.session import Session

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class StackLock:
    """One lock file (pkg/backend/diy/lock.go of pulumi/pulumi)."""

    path: Path
    pid: int
    host: str
    user: str
    since: str

    @property
    def is_of_this_machine(self) -> bool:
        """Whether its process, if any, is one of this machine's."""
        return self.host == socket.gethostname()

    @property
    def is_held(self) -> bool:
        """Whether its process lives and is Pulumi's, not another that was given the same number later."""
        try:
            return "pulumi" in Path(f"/proc/{self.pid}/comm").read_text()
        except OSError:
            return False


def locks(session: Session) -> list[StackLock]:
    """Return the locks on the environment's stack; none where the backend is not a directory."""
    if (backend := session.backend_directory) is None:
        return []
    directory = backend / ".pulumi" / "locks" / "organization" / session.project.name / session.environment
    return [lock for path in sorted(directory.glob("*.json")) if (lock := _read(path))]


def clear_stale_lock(session: Session, *, wait_seconds: float, tell: Callable[[str], None]) -> None:
    """Remove the locks of runs that were killed; wait for a run that still lives.

    Args:
        session: The environment.
        wait_seconds: How long to wait for a living run: one whose `slipway` was killed ends by itself.
        tell: Shows one line to the user.

    Raises:
        OperationFailedError: A living run, or one of another machine, holds the lock.
    """
    deadline = time.monotonic() + wait_seconds
    told = False
    while held := [lock for lock in locks(session) if lock.is_held or not lock.is_of_this_machine]:
        if time.monotonic() >= deadline or not all(lock.is_of_this_machine for lock in held):
            raise OperationFailedError(_refusal(session, held[0]))
        if not told:
            tell(f"Another run (pid {held[0].pid}, since {held[0].since}) works on '{session.environment}': waiting.")
            told = True
        time.sleep(POLL_SECONDS)
    if stale := locks(session):
        tell(f"Removing the lock of a run that was killed (pid {stale[0].pid}, since {stale[0].since}).")
        pulumi_cli.capture(session, "cancel", "--yes", "--stack", session.environment)


def _refusal(session: Session, lock: StackLock) -> str:
    if lock.is_of_this_machine:
        advice = f"Wait for it to end, or stop it with: kill -INT {lock.pid}"
    else:
        advice = (
            f"Only that machine can tell whether it still runs. If it does not: "
            f'eval "$(slipway env {session.environment})" && pulumi cancel --stack {session.environment}'
        )
    return (
        f"Environment '{session.environment}' is locked by a run of {lock.user}@{lock.host} (pid {lock.pid}, since "
        f"{lock.since}). {advice}"
    )


def _read(path: Path) -> StackLock | None:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return None  # Its run has just ended.
    except ValueError:
        content = {}  # A run was killed while it wrote the lock: as stale as it gets.
    return StackLock(
        path=path,
        pid=int(content.get("pid", 0)),
        host=str(content.get("hostname", socket.gethostname())),
        user=str(content.get("username", "unknown")),
        since=str(content.get("timestamp", "unknown"))[:19],
    )
