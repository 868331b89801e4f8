"""Puts right what a killed run left: operations that the state calls pending, and half-made objects.

The next run repeats updates and deletions that are still wanted; what is to be as before after all it would take for
whole. A pending creation the CLI keeps until a person decides (pkg/resource/deploy/deployment_executor.go); what came
of it is taken into the state, to be finished if it is still wanted, and else removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import unrecorded
from operations.forgotten_runs import forget_runs
from operations.owned import Owned, owned_objects, remove_owned
from operations.stack_state import HOST_RUN, import_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient

    from operations.session import Session
    from operations.stack_state import StackState

ENGINE_KINDS = {
    "docker:index/container:Container": "container",
    "docker:index/network:Network": "network",
    "docker:index/volume:Volume": "volume",
}
"""Resource types whose creation is not safe to repeat: a second container of that name is refused, a second network
is made. Every other type in the stack creates the same thing again, or finds it."""


def half_made(state: StackState, existing: list[Owned]) -> list[Owned]:
    """Return the objects that a pending creation has left; never one that the state records as complete."""
    recorded = {resource.id for resource in state.resources}
    pending = {
        (ENGINE_KINDS[operation.resource.type], operation.resource.plain_input("name"))
        for operation in state.pending
        if operation.kind == "creating" and operation.resource.type in ENGINE_KINDS
    }
    return [item for item in existing if (item.kind, item.name) in pending and item.id not in recorded]


def recover(
    session: Session, state: StackState, *, connect: Callable[[], DockerClient], tell: Callable[[str], None]
) -> bool:
    """Remove half-made objects, and find out what came of the pending creations; return whether there were any.

    Raises:
        OperationFailedError: The container engine or the CLI refused, or AWS does not tell.
    """
    creations = [operation.resource for operation in state.pending if operation.kind == "creating"]
    if creations:
        tell(f"A run was killed while it created {len(creations)} resource(s); looking what came of them.")
    if any(resource.type in ENGINE_KINDS for resource in creations):
        client = connect()
        leftovers = half_made(state, owned_objects(client, environment=session.environment))
        remove_owned(client, leftovers, tell=lambda item: tell(f"  removed the half-made {item.kind} {item.name}"))
    if creations:
        # Importing drops all pending operations; everything else stays as it was, still encrypted.
        import_state(session, unrecorded.taken_up(state.exported))
    elif not any(resource.id == unrecorded.ID for resource in state.resources):
        return False
    unrecorded.find(session, tell)
    return True


def half_changed(session: Session, state: StackState) -> list[str]:
    """Make Ansible runs that were killed run again, and those whose undoing was, if they are still wanted.

    Returns:
        What else was being changed or deleted; how it is now, only a refresh can tell.

    Raises:
        PulumiFailedError: The CLI refused.
    """
    changed = [operation.resource for operation in state.pending if operation.kind in ("updating", "deleting")]
    forget_runs(session, {resource.urn for resource in changed if resource.type == HOST_RUN})
    return sorted({resource.urn for resource in changed if resource.type != HOST_RUN})
