"""Turns what helm made of a release, and what it said about that, into the engine's terms.

Where a release exists although helm failed, the engine must know of it: the next update goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.kubernetes.model.objects import is_definition
from plugins.kubernetes.releasing.helm import reason_of
from plugins.kubernetes.releasing.release_state import state_of_release
from plugins.kubernetes.releasing.unready import unready_objects
from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.composing.external_tool import ToolFailed
    from plugins.kubernetes.releasing.helm import LiveRelease
    from plugins.rpc.resource import Context


@dataclass(frozen=True)
class Outcome:
    """A release after an operation, and what went wrong with that."""

    live: LiveRelease
    error: ToolFailed | None = None


def release_id(inputs: dict[str, Any]) -> str:
    """Return the id of a release: ``<namespace>/<name>``."""
    plain = reveal({key: inputs[key] for key in ("namespace", "name")})
    return f"{plain['namespace']}/{plain['name']}"


def refused(verb: str, identifier: str, reason: ToolFailed | str) -> ResourceFailed:
    """Return the failure of an operation that changed nothing; ``verb`` as in 'install'."""
    text = reason if isinstance(reason, str) else reason_of(reason)
    return ResourceFailed(f"Cannot {verb} the release {identifier}: {text}")


async def concluded(
    cluster: Cluster, ctx: Context, verb: str, inputs: dict[str, Any], outcome: Outcome
) -> dict[str, Any]:
    """Return the outputs of a release that is as it should be.

    Raises:
        InitializationFailed: it is not; the text has helm's reason, and the objects that are not ready.
    """
    cluster.creations.answered(ctx.urn)
    await ctx.status("")
    outputs, live = state_of_release(inputs, outcome.live), outcome.live
    for definition in filter(is_definition, objects_of(live.manifest, "The release's manifest")):
        cluster.scopes.declare(definition)  # the API server serves its kind a moment later
    if outcome.error is None:
        return outputs
    identifier = release_id(inputs)
    told = f"helm could not {verb} the release {identifier}, which is now at revision {live.revision}: {live.status}."
    unready = [] if cluster.cancelled.is_set() else await unready_objects(cluster, live)
    raise InitializationFailed(
        id=identifier, outputs=outputs, inputs=inputs, reasons=[told, reason_of(outcome.error), *unready]
    )
