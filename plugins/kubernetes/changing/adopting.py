"""Finds the object that a killed run created but the engine did not record, and takes it over instead of a second one.

It never touches an object without proof that this plugin made it for this very resource; without proof the creation
fails with "already exists", as it does under the official plugin.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.changing.failing import failed
from plugins.kubernetes.changing.updating import apply_with_retries
from plugins.kubernetes.comparing.diffing import diff
from plugins.kubernetes.comparing.ownership import CREATOR
from plugins.kubernetes.model.objects import KubeObject, identifier_of, metadata_of
from plugins.rpc.creation_journal import Creation

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.creation_journal import CreationJournal
    from plugins.rpc.resource import Context

# How far the clocks of this machine and of the API server may be apart; no two of a cluster should be even a second.
_SKEW_SECONDS: Final = 60.0
# A request that was sent may have waited in a busy API server.
_LATEST_SECONDS: Final = 120.0


async def adopt(cluster: Cluster, ctx: Context, plain: KubeObject, manager: str) -> KubeObject | None:
    """Return the object if a killed run left it, with the inputs of now applied; None if there is nothing to adopt.

    Args:
        cluster: Where to look.
        ctx: The creation that is under way; its URN is what the journal knows.
        plain: The inputs.
        manager: The field manager that applies inputs which have changed since.
    """
    found = await _left_behind(cluster, ctx, plain)
    if found is None:
        return None
    live, unchanged = found
    await ctx.log("info", f"{identifier_of(live)} was created by a run that was killed before it could record that.")
    if not unchanged:
        last = None if cluster.settings.server_side_apply else plain
        _, live = await apply_with_retries(cluster, ctx, plain, "", manager, patch=False, last=last)
    return live


async def unrecorded_id(cluster: Cluster, ctx: Context, plain: KubeObject) -> str | None:
    """Return the id of the object that a killed run left of this resource, with the inputs of then; None for none.

    Raises:
        ResourceFailed: the API server did not say.
    """
    try:
        found = await _left_behind(cluster, ctx, plain)
    except KindNotServed:
        return None
    except (ApiError, Unreachable) as error:
        raise failed("read", plain, error) from error
    return identifier_of(found[0]) if found else None


async def _left_behind(cluster: Cluster, ctx: Context, plain: KubeObject) -> tuple[KubeObject, bool] | None:
    """Return the object that a killed run left, and whether it is as the inputs say; None without proof of that."""
    creation = cluster.creations.find(ctx.urn)
    if creation is None or not _same_place(creation, cluster, plain):
        return None
    try:
        live = await cluster.get(plain)
    except ApiError as error:
        if error.not_found:
            return None
        raise
    if metadata_of(live).get("deletionTimestamp"):
        return None
    unchanged = await _is_unchanged(cluster, live, plain)
    ours = metadata_of(live).get("uid") == creation.uid if creation.uid else unchanged and _fits(creation, live)
    return (live, unchanged) if ours else None


def begin(cluster: Cluster, ctx: Context, plain: KubeObject, manager: str) -> None:
    """Write down what is about to be created."""
    cluster.creations.begin(
        Creation(
            urn=ctx.urn,
            server=cluster.connection.server,
            api_version=str(plain.get("apiVersion")),
            kind=str(plain.get("kind")),
            identifier=identifier_of(plain),
            manager=manager,
            began_at=time.time(),
        )
    )


def remembered_inputs(journal: CreationJournal, urn: str, kind: str, *, replaced: str) -> KubeObject:
    """Return inputs with the name that a killed run generated, so that the next one looks for the same object.

    Args:
        journal: What was begun.
        urn: The resource.
        kind: The kind of the object.
        replaced: Id of the object that the state names: its successor must not get its name, nor take it for itself.
    """
    creation = journal.find(urn)
    if creation is None or creation.kind != kind or creation.identifier == replaced:
        return {}
    name = creation.identifier.rpartition("/")[2]
    return {"metadata": {"name": name, "annotations": {"pulumi.com/autonamed": "true"}}}


def remembered_manager(cluster: Cluster, ctx: Context, plain: KubeObject) -> str:
    """Return the field manager that a killed run began with, '' for none: under another one its fields would stay."""
    creation = cluster.creations.find(ctx.urn)
    return creation.manager if creation and _same_place(creation, cluster, plain) else ""


def _same_place(creation: Creation, cluster: Cluster, plain: KubeObject) -> bool:
    meant = (cluster.connection.server, plain.get("apiVersion"), plain.get("kind"), identifier_of(plain))
    return meant == (creation.server, creation.api_version, creation.kind, creation.identifier)


async def _is_unchanged(cluster: Cluster, live: KubeObject, plain: KubeObject) -> bool:
    namespaced = (await cluster.resource_of(plain)).namespaced
    compared = diff(
        live, plain, plain, namespaced=namespaced, patch=False, ignore_changes=[], settings=cluster.settings
    )
    return not compared.changes


def _fits(creation: Creation, live: KubeObject) -> bool:
    """Say whether an object whose uid nobody wrote down was created by our kind of request, at the time of ours."""
    managers = {
        (entry.get("manager"), entry.get("operation")) for entry in metadata_of(live).get("managedFields") or []
    }
    created = datetime.fromisoformat(str(metadata_of(live).get("creationTimestamp"))).timestamp()
    earliest, latest = creation.began_at - _SKEW_SECONDS, creation.began_at + _LATEST_SECONDS
    return (CREATOR, "Update") in managers and earliest <= created <= latest
