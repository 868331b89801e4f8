"""`slipway destroy`: removes an environment in order, then whatever still carries its label, then its private files.

It deliberately works from any starting point, such as a lost state or an earlier run on the same CI machine.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations import emulated_cloud, pulumi_cli
from operations.container_engine import connect
from operations.display import working
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.interrupted import recover
from operations.owned import Owned, owned_objects, remove_owned
from operations.preparation import advice, prepare, unlocked_state
from operations.stack_lock import clear_stale_lock
from toolchain.emulator import presence

if TYPE_CHECKING:
    from rich.console import Console

    from operations.session import Session


class TearDownResult(BaseModel):
    """What came of it; `slipway destroy --json` prints it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    environment: str
    exit_code: int
    had_stack: bool
    swept: tuple[Owned, ...] = ()
    """What Pulumi's own destroy did not remove."""
    seconds: float


def tear_down(session: Session, console: Console, *, force: bool, as_json: bool) -> TearDownResult:
    """Remove everything of an environment; nothing there is a success.

    Args:
        session: The environment.
        console: Where progress goes.
        force: Do without Pulumi's destroy, for a state that cannot be read or resources that cannot be reached.
        as_json: Standard output is for the result alone.

    Raises:
        OperationFailedError: It cannot begin, or something could not be removed.
    """
    started = time.monotonic()
    # Of what was in a cloud that is lost there is nothing left to destroy.
    force = force or presence.is_lost(session.environment)
    had_stack, code = _destroy_stack(session, console, force=force, as_json=as_json)
    swept: tuple[Owned, ...] = ()
    if code == ExitCode.OK:
        emulated_cloud.remove(session.environment)
        swept = _sweep(session, console)
        _remove_files(session)
        if not had_stack and not swept:
            # Nothing there is a success, unless the name is a mistake.
            session.project.stack_file(session.environment)
    return TearDownResult(
        environment=session.environment,
        exit_code=code,
        had_stack=had_stack,
        swept=swept,
        seconds=round(time.monotonic() - started, 1),
    )


def _destroy_stack(session: Session, console: Console, *, force: bool, as_json: bool) -> tuple[bool, int]:
    """Destroy and remove the stack; return whether there was one, and the CLI's exit code."""
    if not _may_have_stack(session):
        return False, ExitCode.OK
    prepare(session)
    if force:
        return _forget_stack(session, console), ExitCode.OK
    state = unlocked_state(session, console)
    if state is None:
        return False, ExitCode.OK
    recover(session, state, connect=connect, tell=lambda line: console.print(line, markup=False))
    if state.resources:
        output = sys.stderr if as_json else None
        flags = ("--yes", "--skip-preview", "--suppress-outputs", "--stack", session.environment)
        code = pulumi_cli.run(session, "destroy", *flags, output=output)
        if code != ExitCode.OK:
            if said := advice(session):
                console.print(said, markup=False)
            return True, code
    _remove_stack(session)
    return True, ExitCode.OK


def _may_have_stack(session: Session) -> bool:
    """Tell without running anything where that can be told: a clean machine needs no passphrase to stay clean."""
    if (files := session.backend_files) is None:
        return True
    files.check()
    return bool(files.names(_checkpoints(session)))


def _forget_stack(session: Session, console: Console) -> bool:
    clear_stale_lock(session, wait_seconds=0, tell=lambda line: console.print(line, markup=False))
    if session.backend_files is not None:
        # The CLI would ask for the passphrase even to forget a stack. Its files are removed with all others.
        return True
    try:
        _remove_stack(session, "--force")
    except pulumi_cli.PulumiFailedError as error:
        if error.code != ExitCode.STACK_NOT_FOUND:
            raise
        return False
    return True


def _remove_stack(session: Session, *options: str) -> None:
    # --preserve-config: the file of that name is the private copy, which is removed with its directory.
    arguments = ("--yes", "--preserve-config", "--remove-backups", *options)
    pulumi_cli.capture(session, "stack", "rm", "--stack", session.environment, *arguments, private=True)


def _sweep(session: Session, console: Console) -> tuple[Owned, ...]:
    with working(console, "Looking for what is left"):
        client = connect()
        objects = owned_objects(client, environment=session.environment)
        refusals = remove_owned(
            client, objects, tell=lambda item: console.print(f"  removed {item.kind} {item.name}", markup=False)
        )
        left = owned_objects(client, environment=session.environment)
    if left:
        names = ", ".join(f"{item.kind} {item.name}" for item in left)
        reasons = "\n".join(f"  {refusal}" for refusal in refusals)
        raise OperationFailedError(
            f"Still there after removal: {names}\n{reasons}\nRemove what holds them, then run this again."
        )
    return tuple(objects)


def _remove_files(session: Session) -> None:
    """Remove the private directory, the CLI's logs, and what it leaves of a removed stack in the backend."""
    shutil.rmtree(session.directory, ignore_errors=True)
    for log in (session.home / "logs").glob(f"*+{session.project.name}+{session.environment}-[0-9]*T[0-9]*.log"):
        log.unlink(missing_ok=True)
    if files := session.backend_files:
        files.remove([name for prefix in _backend_leftovers(session) for name in files.names(prefix)])


def _backend_leftovers(session: Session) -> list[str]:
    stack = f"{session.project.name}/{session.environment}"
    return [
        f".pulumi/history/{stack}/",
        f".pulumi/backups/{stack}/",
        f".pulumi/locks/organization/{stack}/",
        _checkpoints(session),
    ]


def _checkpoints(session: Session) -> str:
    # The current one and its copy, compressed or not.
    return f".pulumi/stacks/{session.project.name}/{session.environment}.json"
