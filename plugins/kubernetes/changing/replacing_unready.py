"""The annotation pulumi.com/replaceUnready: a Job that is not complete is replaced by the next update.

It looks at the Job once and waits for nothing. Other kinds only get a warning, as from the official plugin.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, Diff.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.comparing.diffing import same_place
from plugins.kubernetes.model.objects import REPLACE_UNREADY, annotated_true, condition_of
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.resource import ChangeKind, DiffResult, PropertyChange

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.rpc.resource import Context

_PATH: Final = f'metadata.annotations["{REPLACE_UNREADY}"]'


async def with_unready_replaced(
    cluster: Cluster, ctx: Context, result: DiffResult, live: KubeObject, new: KubeObject
) -> DiffResult:
    """Return the difference, with a replacement added if the inputs ask for one and the live object is not ready."""
    if not annotated_true(new, REPLACE_UNREADY):
        return result
    kind = kind_of(new)
    if (kind.group, kind.kind) != ("batch", "Job"):
        await ctx.log("warning", f"The annotation {REPLACE_UNREADY} is supported for Jobs only.")
        return result
    if reason := await cluster.unreachable():
        await ctx.log("warning", f"{reason}\nWhether the Job is ready, as {REPLACE_UNREADY} asks, is not looked at.")
        return result
    try:
        found = await cluster.get(live)
    except (ApiError, KindNotServed, Unreachable):
        return result  # the update itself will say what is wrong
    if condition_of(found, "Complete").get("status") == "True":
        return result
    return replace(
        result,
        changes=True,
        replaces=[*result.replaces, _PATH],
        delete_before_replace=same_place(live, new),
        detailed={**result.detailed, _PATH: PropertyChange(ChangeKind.UPDATE_REPLACE)},
    )
