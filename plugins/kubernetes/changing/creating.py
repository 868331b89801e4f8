"""Creates objects, and previews that by a dry run.

Source: pulumi/pulumi-kubernetes provider/pkg/await/await.go, Creation.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.api.client import APPLY_PATCH
from plugins.kubernetes.api.cluster import forget_versions
from plugins.kubernetes.awaiting.waiter import NotReady, wait_until_ready
from plugins.kubernetes.changing.adopting import adopt, begin, remembered_manager
from plugins.kubernetes.changing.failing import failed, failed_unreachable
from plugins.kubernetes.comparing.ownership import CREATOR, must_force
from plugins.kubernetes.model.naming import new_field_manager
from plugins.kubernetes.model.normalizing import dashed
from plugins.kubernetes.model.objects import (
    PATCH_FIELD_MANAGER,
    KubeObject,
    annotation,
    describe,
    identifier_of,
    is_definition,
    metadata_of,
    with_metadata,
)
from plugins.kubernetes.model.state import state_of
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.errors import InitializationFailed
from plugins.rpc.resource import Created
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context

# 31 seconds in all, as in the official plugin: namespaces and definitions of the same program may come a bit later.
_RETRY_AFTER_SECONDS: Final = (0.5, 0.5, 1, 2, 3, 4, 5, 5, 5, 5)


async def create(cluster: Cluster, ctx: Context, inputs: dict[str, Any], *, patch: bool) -> Created:
    """Create the object and wait until it is ready; in a preview return what the API server would make of it.

    Raises:
        ResourceFailed: nothing was created.
        InitializationFailed: it was created but did not become ready.
    """
    plain: KubeObject = dashed(reveal(inputs))
    if reason := await cluster.unreachable():
        if not ctx.preview:
            raise failed_unreachable("create", plain, reason)
        await ctx.log("warning", f"{reason}\nThe preview shows inputs only.")
        return Created("", inputs)
    server_side = cluster.settings.server_side_apply
    kept = annotation(plain, PATCH_FIELD_MANAGER) or remembered_manager(cluster, ctx, plain)
    manager = (kept or new_field_manager()) if server_side else CREATOR
    if ctx.preview and not server_side:
        return Created("", inputs)
    if ctx.preview:
        return await _preview(cluster, ctx, inputs, plain, manager, patch=patch)
    try:
        live = await _send_until_possible(cluster, ctx, plain, manager, patch=patch)
    except (ApiError, KindNotServed, Unreachable) as error:
        raise failed("create", plain, error, manager=manager) from error
    if is_definition(plain):
        forget_versions(cluster, plain)
    return await _finish(cluster, ctx, inputs, live, manager)


async def _finish(cluster: Cluster, ctx: Context, inputs: dict[str, Any], live: KubeObject, manager: str) -> Created:
    plain: KubeObject = dashed(reveal(inputs))
    reasons: list[str] = []
    try:
        live = await wait_until_ready(cluster, ctx, live, plain)
    except NotReady as error:
        live, reasons = error.live, error.reasons
    outputs = state_of(live, plain, inputs, initial_api_version=str(plain.get("apiVersion")), field_manager=manager)
    if reasons:
        raise InitializationFailed(
            id=identifier_of(live),
            outputs=outputs,
            inputs=inputs,
            reasons=[f"{describe(live)} was created, but is not ready.", *reasons],
        )
    return Created(identifier_of(live), outputs)


async def _preview(
    cluster: Cluster, ctx: Context, inputs: dict[str, Any], plain: KubeObject, manager: str, *, patch: bool
) -> Created:
    """Dry-run where that can tell something: not with unknown values, nor before kind and namespace exist."""
    if patch or contains_unknown(plain):
        return Created("", inputs)
    try:
        live = await _send(cluster, ctx, plain, manager, patch=False)
    except (KindNotServed, Unreachable):
        return Created("", inputs)
    except ApiError as error:
        # An object of the same name is usually the one that this one is going to replace.
        if error.forbidden or error.already_exists or error.namespace_not_found or error.admission_cannot_dry_run:
            return Created("", inputs)
        raise failed("create", plain, error, manager=manager) from error
    live.pop("status", None)
    outputs = state_of(live, plain, inputs, initial_api_version=str(plain.get("apiVersion")), field_manager=manager)
    return Created("", outputs)


async def _send_until_possible(
    cluster: Cluster, ctx: Context, plain: KubeObject, manager: str, *, patch: bool
) -> KubeObject:
    for seconds in _RETRY_AFTER_SECONDS:
        try:
            return await _send(cluster, ctx, plain, manager, patch=patch)
        except KindNotServed as error:
            await ctx.status(f"Waiting for the kind to be served: {error}")
        except ApiError as error:
            if not error.not_found:
                raise
            await ctx.status(f"Trying again: {error}")
        await asyncio.sleep(seconds)
    return await _send(cluster, ctx, plain, manager, patch=patch)


def _upserts(cluster: Cluster) -> bool:
    return cluster.settings.upsert_existing_objects and cluster.settings.server_side_apply


async def _send(cluster: Cluster, ctx: Context, plain: KubeObject, manager: str, *, patch: bool) -> KubeObject:
    resource = await cluster.resource_of(plain)
    if not resource.namespaced:
        # Check had to guess for kinds that were not served yet.
        plain = with_metadata(plain, namespace=None)
    applies = patch or (_upserts(cluster) and not ctx.preview)
    warnings: list[str] = []
    if ctx.preview:
        live = await _request(cluster, ctx, plain, manager, warnings, applies=applies)
    elif applies or (found := await adopt(cluster, ctx, plain, manager)) is None:
        begin(cluster, ctx, plain, manager)
        live = await _recorded_request(cluster, ctx, plain, manager, warnings, applies=applies)
    else:
        live = found
    for text in warnings:
        # Check has told it already, wherever the schema is not one that this program brings itself.
        if not text.startswith("unknown field") or cluster.scopes.declared(kind_of(plain)):
            await ctx.log("warning", text)
    return live


async def _recorded_request(
    cluster: Cluster, ctx: Context, plain: KubeObject, manager: str, warnings: list[str], *, applies: bool
) -> KubeObject:
    try:
        live = await _request(cluster, ctx, plain, manager, warnings, applies=applies)
    except ApiError as error:
        # After an error of the server itself nobody knows whether the object was made; a refusal is certain.
        if not error.of_the_server:
            cluster.creations.forget(ctx.urn)
        raise
    cluster.creations.made(ctx.urn, str(metadata_of(live).get("uid") or ""))
    return live


async def _request(
    cluster: Cluster, ctx: Context, plain: KubeObject, manager: str, warnings: list[str], *, applies: bool
) -> KubeObject:
    dry_run = {"dryRun": "All"} if ctx.preview else {}
    if applies:
        force = must_force(plain, None, enabled=cluster.settings.enable_patch_force, preview=ctx.preview)
        return await cluster.client.send(
            "PATCH",
            await cluster.path_of(plain),
            params={"fieldManager": manager, "force": str(force).lower(), **dry_run},
            body=plain,
            content_type=APPLY_PATCH,
            warnings=warnings,
        )
    # The creator's name is fixed, so that the first update finds what to take over: see ownership.
    return await cluster.client.send(
        "POST",
        await cluster.path_of(plain, ""),
        params={"fieldManager": CREATOR, "fieldValidation": "Warn", **dry_run},
        body=plain,
        warnings=warnings,
    )
