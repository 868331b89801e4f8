"""Makes sure that a run of Pulumi on an environment can begin: private files, launchers, no stale lock, a stack.

It deliberately repeats itself on every run, since each step costs next to nothing when there is nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import pulumi_cli, stack_lock
from operations.stack_lock import clear_stale_lock
from operations.stack_state import StackState, read_state

if TYPE_CHECKING:
    from rich.console import Console

    from operations.session import Session

LOCK_WAIT_SECONDS = 120.0


def prepare(session: Session) -> None:
    """Make the private files and the engine's launchers, and see that the backend can be used.

    Raises:
        OperationFailedError: No such environment, a file is not what it must be, or the backend is out of reach.
    """
    from toolchain.engine import install  # noqa: PLC0415 - keeps `--help` quick

    session.prepare_files()
    if session.backend_files:
        session.backend_files.check()
    install.install(session.home)


def unlocked_state(session: Session, console: Console, *, wait_seconds: float = LOCK_WAIT_SECONDS) -> StackState | None:
    """Return the state of the stack, once no other run is at it; None when there is no stack yet.

    Raises:
        OperationFailedError: Another run holds the lock, or the state cannot be read.
    """
    clear_stale_lock(session, wait_seconds=wait_seconds, tell=lambda line: console.print(line, markup=False))
    return read_state(session)


def create_stack(session: Session) -> None:
    """Make the stack; its salt goes to the private copy of the environment's file.

    Raises:
        PulumiFailedError: The CLI refused.
    """
    # A salt of an earlier stack is kept by the CLI, so secrets in the environment's file stay readable.
    pulumi_cli.capture(
        session, "stack", "init", session.environment, "--no-select", "--secrets-provider=passphrase", private=True
    )


def advice(session: Session) -> str | None:
    """Return what to do about a run that the CLI has ended with an error; None when there is nothing to add."""
    # A run that began at the same moment was not there when the lock was looked for.
    return stack_lock.advice(session) or _room_advice() or pulumi_cli.advice(session)


def _room_advice() -> str | None:
    """Return which disk is full: machines and registries say that they have no room, and not on whose disk."""
    from toolchain.failure import ToolchainError  # noqa: PLC0415 - after a failure alone
    from toolchain.machine import check_disk  # noqa: PLC0415 - likewise
    from toolchain.room import FOR_AN_UPDATE  # noqa: PLC0415 - likewise

    try:
        check_disk(FOR_AN_UPDATE)
    except ToolchainError as error:
        return str(error)
    return None
