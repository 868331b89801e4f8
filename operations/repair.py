"""Puts right what the last run or somebody else left, before an update begins.

It makes nothing new: what is lost is taken out of the state, and the update that follows makes it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.container_engine import connect
from operations.interrupted import half_changed, recover
from operations.lost_objects import find_losses
from operations.preflight.dead_hosts import dead_workers, joins
from operations.preparation import create_stack
from operations.stack_state import read_state

if TYPE_CHECKING:
    from typing import Protocol

    from rich.console import Console

    from operations.session import Session
    from operations.stack_state import StackState
    from stacks.settings import Settings

    class RunsPulumi(Protocol):
        """Runs one command of the CLI on the environment and returns its exit code."""

        def __call__(self, command: str, *arguments: str) -> int: ...  # noqa: D102 - the class says it


def repair(
    session: Session, state: StackState | None, console: Console, pulumi: RunsPulumi, *, look_for_losses: bool
) -> StackState | None:
    """Make the stack when there is none; else finish what was interrupted, and find what is gone.

    Args:
        session: The environment.
        state: What is recorded of it.
        console: Where what was found is told.
        pulumi: How the CLI is run.
        look_for_losses: Ask what is gone; a refresh of everything does so anyway.

    Returns:
        What is recorded once the interrupted is finished; None for a new stack.
    """
    if state is None:
        create_stack(session)
        return None
    interrupted = state
    if recover(session, state, connect=connect, tell=lambda line: console.print(line, markup=False)):
        # The state has changed under the copy that was read.
        state = read_state(session) or state
    doubtful = half_changed(session, interrupted)
    if look_for_losses and doubtful:
        said = f"A run was killed while it changed or deleted {len(doubtful)} resource(s); looking how they are now."
        console.print(said, markup=False)
        pulumi("refresh", "--yes", "--skip-preview", *(f"--target={urn}" for urn in doubtful))
        state = read_state(session) or state
    if look_for_losses and state.resources:
        # After the recovery, as a half-made container that was removed is not a lost one.
        _restore_lost(state, console, pulumi)
    return state


def forget_dead(state: StackState, settings: Settings, console: Console, pulumi: RunsPulumi) -> None:
    """Let the cluster forget workers that are dead and no longer listed, before updates wait for pods on them."""
    names = dead_workers(settings, state.outputs.get("nodes") or [])
    runs = joins(state.resources, names)
    if not runs:
        return
    console.print(
        f"{', '.join(names)} does not answer and is not listed any more; its node is forgotten.", markup=False
    )
    # A failure is not the end: the update that follows reports what is wrong in its own words.
    pulumi("destroy", "--yes", "--skip-preview", *(f"--target={urn}" for urn in runs))


def _restore_lost(state: StackState, console: Console, pulumi: RunsPulumi) -> None:
    client = connect()
    lost = find_losses(client, state)
    for resource in lost.stopped:
        console.print(f"Starting {resource.plain_input('name') or resource.urn}, which was stopped.", markup=False)
        client.api.start(resource.id)
    if not lost.deleted:
        return
    for resource in lost.deleted:
        console.print(f"{resource.plain_input('name') or resource.urn} is gone; it will be made again.", markup=False)
    targets = [f"--target={urn}" for urn in lost.urns_to_refresh(state)]
    # A failure is not the end: the update that follows reports what is wrong in its own words.
    pulumi("refresh", "--yes", "--skip-preview", *targets)
