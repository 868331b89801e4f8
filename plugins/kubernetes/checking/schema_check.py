"""Checks inputs against what the API server publishes, before anything is sent: kinds it lacks, fields that are wrong.

Without a reachable API server it finds nothing. A field that is not in the schema is only warned about, as under the
official plugin: the API server drops it from a new object, and refuses it with its path in a server-side apply. The
official plugin asks the same schemas in Check, but drops what it finds.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, Check; provider/pkg/await/await.go, Creation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.checking.validating import Findings, validate
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.resource import Failure

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.kubernetes.model.tokens import GroupVersionKind
    from plugins.rpc.resource import Context


async def schema_failures(
    cluster: Cluster, ctx: Context, obj: KubeObject, before: KubeObject, *, patch: bool
) -> list[Failure]:
    """Return what the API server would not take.

    Args:
        cluster: Where the object goes.
        ctx: Takes warnings about unknown fields.
        obj: Checked inputs in the API's spelling.
        before: Those of the last update; empty for a new object.
        patch: Whether this is a Patch resource, which holds parts of an object only.
    """
    kind = kind_of(obj)
    if not kind.version or await cluster.unreachable():
        return []
    if missing := await _not_served(cluster, kind, before):
        return [Failure("kind", missing)]
    if cluster.scopes.declared(kind):
        return []  # a definition of this program may be about to change the schema
    found = await _findings(cluster, kind, obj, patch=patch)
    for path, text in sorted(found.unknown.items()):
        await ctx.log("warning", f"{path}: {text}")
    # The path is part of the reason: given as the property, the engine would show it with a value of '{<nil>}'.
    return [Failure("", f"{path}: {text}") for path, text in sorted(found.wrong.items())]


async def _findings(cluster: Cluster, kind: GroupVersionKind, obj: KubeObject, *, patch: bool) -> Findings:
    found = Findings()
    for fresh in (False, True):
        document = await cluster.openapi.document(kind.api_version, fresh=fresh)
        schema = document.of_kind(kind) if document else None
        if document is None or schema is None:
            if not kind.built_in:
                cluster.openapi.forget(kind.api_version)  # its definition may come later
            return Findings()
        found = validate(document, schema, obj, built_in=kind.built_in, patch=patch)
        if not found or kind.built_in:
            break
        # The definition may have changed since its schema was fetched: ask again before saying no.
    return found


async def _not_served(cluster: Cluster, kind: GroupVersionKind, before: KubeObject) -> str:
    """Say that a kind of Kubernetes' own is not served; nobody will install it while the program runs."""
    if not kind.built_in or kind_of(before) == kind:
        return ""
    try:
        await cluster.discovery.find(kind)
    except KindNotServed as error:
        return str(error)
    except (ApiError, Unreachable):
        return ""
    return ""
