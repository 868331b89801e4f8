"""Updates objects in place, by server-side apply as a rule, and previews that by a dry run.

Source: pulumi/pulumi-kubernetes provider/pkg/await/await.go, Update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.api.client import APPLY_PATCH, JSON_PATCH
from plugins.kubernetes.api.cluster import forget_versions
from plugins.kubernetes.awaiting.waiter import NotReady, wait_until_ready
from plugins.kubernetes.changing.failing import failed, failed_unreachable
from plugins.kubernetes.comparing.client_side import apply_client_side
from plugins.kubernetes.comparing.ownership import CREATOR, must_force, respect_ignored, takeover
from plugins.kubernetes.model.naming import new_field_manager
from plugins.kubernetes.model.normalizing import dashed, normalize
from plugins.kubernetes.model.objects import (
    PATCH_FIELD_MANAGER,
    KubeObject,
    annotation,
    describe,
    identifier_of,
    is_definition,
    metadata_of,
    name_of,
    with_metadata,
)
from plugins.kubernetes.model.state import parse_state, state_of
from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context

# Controllers write the status at any time, so a version that was just read may be stale already.
_ATTEMPTS: Final = 6


async def update(
    cluster: Cluster,
    ctx: Context,
    old_inputs: dict[str, Any],
    old_state: dict[str, Any],
    news: dict[str, Any],
    *,
    patch: bool,
) -> dict[str, Any]:
    """Apply the new inputs, wait until the object is ready, and return its outputs.

    Raises:
        ResourceFailed: nothing was changed.
        InitializationFailed: it was changed but did not become ready.
    """
    plain: KubeObject = normalize(dashed(reveal(news)))
    remembered = parse_state(old_state, old_inputs)
    if reason := await cluster.unreachable():
        if not ctx.preview:
            raise failed_unreachable("update", plain, reason)
        await ctx.log("warning", f"{reason}\nThe preview shows inputs only.")
        return news
    server_side = cluster.settings.server_side_apply
    manager = annotation(plain, PATCH_FIELD_MANAGER) or remembered.field_manager or new_field_manager()
    manager = manager if server_side else CREATOR
    try:
        if ctx.preview and (not server_side or contains_unknown(plain) or not await cluster.served(plain)):
            return news
        last = None if server_side else remembered.inputs
        name = name_of(remembered.live)
        before, live = await apply_with_retries(cluster, ctx, plain, name, manager, patch=patch, last=last)
    except (ApiError, KindNotServed, Unreachable) as error:
        if ctx.preview and isinstance(error, ApiError) and (error.forbidden or error.admission_cannot_dry_run):
            return news
        raise failed("update", plain, error, manager=manager) from error
    reasons: list[str] = []
    if not ctx.preview:
        try:
            live = await wait_until_ready(cluster, ctx, live, plain, before)
        except NotReady as error:
            live, reasons = error.live, error.reasons
    version = remembered.initial_api_version or str(plain.get("apiVersion"))
    outputs = state_of(live, plain, news, initial_api_version=version, field_manager=manager)
    if reasons:
        reasons.insert(0, f"{describe(live)} was updated, but is not ready.")
        raise InitializationFailed(id=identifier_of(live), outputs=outputs, inputs=news, reasons=reasons)
    if server_side and not ctx.preview and remembered.field_manager not in ("", manager):
        await relinquish(cluster, live, remembered.field_manager)
    return outputs


async def relinquish(cluster: Cluster, live: KubeObject, manager: str) -> None:
    """Give up all fields that ``manager`` owns; those that nobody else owns go away."""
    empty = {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {key: metadata_of(live)[key] for key in ("name", "namespace") if key in metadata_of(live)},
    }
    params = {"fieldManager": manager, "force": "true"}
    await cluster.client.send("PATCH", await cluster.path_of(live), params=params, body=empty, content_type=APPLY_PATCH)


async def apply_with_retries(
    cluster: Cluster,
    ctx: Context,
    plain: KubeObject,
    old_name: str,
    manager: str,
    *,
    patch: bool,
    last: KubeObject | None,
) -> tuple[KubeObject, KubeObject]:
    """Apply the inputs over what the object is; return it as it was before, and as it is now.

    ``last`` inputs make it a client-side apply.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        before = await _read_before(cluster, plain, old_name)
        try:
            if is_definition(plain):
                return before, await _replace(cluster, ctx, plain, before)
            if last is not None:
                return before, await apply_client_side(cluster, last, plain, before, ctx.ignore_changes)
            return before, await _apply(cluster, ctx, plain, before, manager, patch=patch)
        except ApiError as error:
            if not error.stale or attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def _read_before(cluster: Cluster, plain: KubeObject, old_name: str) -> KubeObject:
    try:
        return await cluster.get(plain, old_name or None)
    except ApiError as error:
        if not error.not_found:
            raise
        raise ResourceFailed(
            f"Cannot update {describe(plain)}: it is no longer in the cluster. "
            "Run 'pulumi refresh', then it will be created again."
        ) from None


async def _replace(cluster: Cluster, ctx: Context, plain: KubeObject, before: KubeObject) -> KubeObject:
    """Replace a CustomResourceDefinition as a whole: merging schemas would keep fields that were removed."""
    body = with_metadata(plain, namespace=None, resourceVersion=str(metadata_of(before)["resourceVersion"]))
    params = {"fieldManager": "pulumi-kubernetes"} | ({"dryRun": "All"} if ctx.preview else {})
    live = await cluster.client.send("PUT", await cluster.path_of(plain), params=params, body=body)
    if not ctx.preview:
        forget_versions(cluster, plain)
    return live


async def _apply(
    cluster: Cluster, ctx: Context, plain: KubeObject, before: KubeObject, manager: str, *, patch: bool
) -> KubeObject:
    path = await cluster.path_of(before)
    if not (await cluster.resource_of(plain)).namespaced:
        plain = with_metadata(plain, namespace=None)
    inherited = [] if ctx.preview or patch else takeover(before, manager)
    if inherited:
        before = await cluster.client.send("PATCH", path, body=inherited, content_type=JSON_PATCH)
    body = respect_ignored(plain, before, manager, list(ctx.ignore_changes))
    force = must_force(plain, before, enabled=cluster.settings.enable_patch_force, preview=ctx.preview)
    params = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Warn"}
    warnings: list[str] = []
    live = await cluster.client.send(
        "PATCH",
        path,
        params=params | ({"dryRun": "All"} if ctx.preview else {}),
        body=body,
        content_type=APPLY_PATCH,
        warnings=warnings,
    )
    for text in warnings:
        await ctx.log("warning", text)
    return live
