"""The lock that a run of Pulumi holds on a stack, and what to do about one that a killed run left.

It deliberately never breaks the lock of a run that lives, or of another machine: only people can judge those.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from operations import own_runs, pulumi_cli
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.session import Session

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class StackLock:
    """One lock file (pkg/backend/diy/lock.go of pulumi/pulumi)."""

    pid: int
    host: str
    user: str
    since: str
    is_of_this_machine: bool
    """Whether its process, if any, is one of this machine's."""

    @property
    def is_held(self) -> bool:
        """Whether its process lives and is Pulumi's, not another that was given the same number later."""
        try:
            return "pulumi" in Path(f"/proc/{self.pid}/comm").read_text()
        except OSError:
            return False


def locks(session: Session) -> list[StackLock]:
    """Return the locks on the environment's stack; none where slipway cannot look into the backend."""
    if (files := session.backend_files) is None:
        return []
    names = files.names(f".pulumi/locks/organization/{session.project.name}/{session.environment}/")
    contents = [files.read(name) for name in names if name.endswith(".json")]
    return [
        _parsed(content, session, only_this_machine=files.only_this_machine)
        for content in contents
        if content is not None
    ]


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
    while held := _held(session):
        if time.monotonic() >= deadline or not all(lock.is_of_this_machine for lock in held):
            raise OperationFailedError(_refusal(session, held[0]))
        if not told:
            tell(f"Another run (pid {held[0].pid}, since {held[0].since}) works on '{session.environment}': waiting.")
            told = True
        time.sleep(POLL_SECONDS)
    if stale := locks(session):
        tell(f"Removing the lock of a run that was killed (pid {stale[0].pid}, since {stale[0].since}).")
        pulumi_cli.capture(session, "cancel", "--yes", "--stack", session.environment)
    own_runs.forget_ended(session)


def advice(session: Session) -> str | None:
    """Return who holds the stack, after a run that the CLI refused for it; None when nobody does."""
    held = _held(session)
    return _refusal(session, held[0]) if held else None


def _held(session: Session) -> list[StackLock]:
    return [lock for lock in locks(session) if lock.is_held or not lock.is_of_this_machine]


def _refusal(session: Session, lock: StackLock) -> str:
    if lock.is_of_this_machine:
        advice = f"Wait for it to end, or stop it with: kill -INT {lock.pid}"
    else:
        advice = (
            f"slipway has not started it on this machine, so only people can tell whether it still runs. If it does "
            f'not: eval "$(slipway env {session.environment})" && pulumi cancel --stack {session.environment}'
        )
    return (
        f"Environment '{session.environment}' is locked by a run of {lock.user}@{lock.host} (pid {lock.pid}, since "
        f"{lock.since}). {advice}"
    )


def _parsed(content: bytes, session: Session, *, only_this_machine: bool) -> StackLock:
    try:
        lock = json.loads(content)
    except ValueError:
        lock = {}  # A run was killed while it wrote the lock: as stale as it gets.
    pid, host = int(lock.get("pid", 0)), str(lock.get("hostname", socket.gethostname()))
    same_name = host == socket.gethostname()
    return StackLock(
        pid=pid,
        host=host,
        user=str(lock.get("username", "unknown")),
        since=str(lock.get("timestamp", "unknown"))[:19],
        # Machines that share a bucket may share a name as well, as machines made of one image do.
        is_of_this_machine=same_name and (only_this_machine or own_runs.is_own(session, pid)),
    )
