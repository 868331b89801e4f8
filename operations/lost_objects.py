"""Finds what Pulumi's state records in the container engine but somebody has deleted or stopped behind its back.

It deliberately compares identifiers only, in some hundredths of a second; what else may have drifted is for
`--refresh`, which asks every provider about every resource.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.interrupted import ENGINE_KINDS
from operations.stack_state import HOST_RUN

if TYPE_CHECKING:
    from docker import DockerClient

    from operations.stack_state import Recorded, StackState


@dataclass(frozen=True)
class Losses:
    """The difference between state and engine."""

    deleted: tuple[Recorded, ...]
    stopped: tuple[Recorded, ...]

    def urns_to_refresh(self, state: StackState) -> list[str]:
        """Return the URNs of what is gone and of the host runs on it: a new machine must be prepared again."""
        gone = {resource.urn for resource in self.deleted}
        runs = {
            resource.urn for resource in state.resources if resource.type == HOST_RUN and resource.dependencies & gone
        }
        return sorted(gone | runs)


def losses(state: StackState, *, present: set[str], running: set[str]) -> Losses:
    """Compare the state with the identifiers that the engine knows."""
    recorded = [resource for resource in state.resources if resource.type in ENGINE_KINDS and resource.id]
    containers = [resource for resource in recorded if ENGINE_KINDS[resource.type] == "container"]
    return Losses(
        deleted=tuple(resource for resource in recorded if resource.id not in present),
        stopped=tuple(
            resource
            for resource in containers
            # Pulumi's docker provider keeps containers running unless told otherwise (`mustRun`).
            if resource.id in present - running and resource.inputs.get("mustRun", True)
        ),
    )


def find_losses(client: DockerClient, state: StackState) -> Losses:
    """Ask the engine and compare."""
    containers = client.api.containers(all=True)
    volumes = client.api.volumes().get("Volumes") or ()
    present = {entry["Id"] for entry in (*containers, *client.api.networks())} | {entry["Name"] for entry in volumes}
    return losses(state, present=present, running={entry["Id"] for entry in containers if entry["State"] == "running"})
