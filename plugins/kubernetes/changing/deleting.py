"""Deletes objects and waits until they are gone.

Source: pulumi/pulumi-kubernetes provider/pkg/await/await.go, Deletion.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.awaiting.board import Board
from plugins.kubernetes.awaiting.waiter import timeout_of
from plugins.kubernetes.changing.failing import failed, failed_unreachable
from plugins.kubernetes.changing.reading import GONE_FOR_GOOD
from plugins.kubernetes.changing.updating import relinquish
from plugins.kubernetes.model.objects import (
    DELETION_PROPAGATION,
    SKIP_AWAIT,
    KubeObject,
    annotated_true,
    annotation,
    describe,
    metadata_of,
    pluck,
    split_identifier,
)
from plugins.kubernetes.model.state import parse_state
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.tokens import GroupVersionKind
    from plugins.rpc.resource import Context

_POLICIES: Final = {"orphan": "Orphan", "background": "Background", "foreground": "Foreground"}
# For other kinds the annotation is about becoming ready only: allowsSkipAwaitWithDelete in provider/pkg/metadata.
_GONE_UNSEEN: Final = frozenset(
    {
        ("", "Namespace"),
        ("", "Pod"),
        ("", "ReplicationController"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("batch", "Job"),
    }
)
_LOOK_AGAIN_SECONDS: Final = 5.0


async def delete(
    cluster: Cluster,
    ctx: Context,
    kind: GroupVersionKind,
    identifier: str,
    *,
    inputs: dict[str, Any],
    state: dict[str, Any],
    patch: bool,
) -> None:
    """Delete the object; for a Patch resource, only give up its fields.

    Raises:
        ResourceFailed: it is still there; the text says what holds it.
    """
    remembered = parse_state(state, inputs)
    namespace, name = split_identifier(identifier)
    subject: KubeObject = {
        "apiVersion": remembered.live.get("apiVersion") or remembered.inputs.get("apiVersion") or kind.api_version,
        "kind": remembered.live.get("kind") or remembered.inputs.get("kind") or kind.kind,
        "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
    }
    if reason := await cluster.unreachable():
        if cluster.settings.delete_unreachable:
            await ctx.log("warning", f"{reason}\ndeleteUnreachable is set: {describe(subject)} leaves the state.")
            return
        raise failed_unreachable("delete", subject, f"{reason}\n{GONE_FOR_GOOD}")
    try:
        if patch:
            await relinquish(cluster, subject, remembered.field_manager)
            return
        policy = _POLICIES.get((annotation(remembered.inputs, DELETION_PROPAGATION) or "").lower(), "Foreground")
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
        await cluster.client.send("DELETE", await cluster.path_of(subject), body=options)
    except KindNotServed:
        return  # with its definition, its objects are gone
    except (ApiError, Unreachable) as error:
        if isinstance(error, ApiError) and error.not_found:
            return
        raise failed("delete", subject, error) from error
    if not _skips_waiting(remembered.inputs):
        await _wait_until_gone(cluster, ctx, subject, remembered.live, timeout_of(ctx, remembered.inputs))


def _skips_waiting(inputs: KubeObject) -> bool:
    kind = kind_of(inputs)
    return annotated_true(inputs, SKIP_AWAIT) and (kind.group, kind.kind) in _GONE_UNSEEN


async def _wait_until_gone(
    cluster: Cluster, ctx: Context, subject: KubeObject, last: KubeObject, timeout_seconds: float
) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    uid = metadata_of(last).get("uid")
    async with Board(cluster, subject, []) as board:
        while not _is_gone(board, uid):
            remaining = deadline - asyncio.get_running_loop().time()
            holder = _what_holds(board.live or {})
            if remaining <= 0 or cluster.cancelled.is_set():
                cause = "Waiting was cancelled" if cluster.cancelled.is_set() else "It was not gone in time"
                raise ResourceFailed(f"Cannot finish deleting {describe(subject)}: {cause}. {holder}")
            await ctx.status(f"Waiting to be gone. {holder}")
            await board.changed(min(remaining, _LOOK_AGAIN_SECONDS))
    await ctx.status("")


def _is_gone(board: Board, uid: str | None) -> bool:
    if board.failure is not None:
        if isinstance(board.failure, KindNotServed):
            return True
        raise ResourceFailed(f"Cannot see whether {describe(board.subject)} is gone: {board.failure}")
    if board.live is None:
        return True
    found = metadata_of(board.live).get("uid")
    # Another object of this name: a controller made it again, or somebody else did.
    return uid is not None and found is not None and found != uid


def _what_holds(live: KubeObject) -> str:
    """Say what keeps a deleted object in the cluster."""
    held = [
        f"{item.get('type')}: {item.get('message')}"
        for item in pluck(live, "status", "conditions") or []
        if str(item.get("type", "")).startswith("Namespace") and item.get("status") == "True"
    ]
    finalizers = [*(metadata_of(live).get("finalizers") or []), *(pluck(live, "spec", "finalizers") or [])]
    if finalizers:
        held.append(f"Its finalizers are: {', '.join(map(str, finalizers))}.")
    return " ".join(held)
