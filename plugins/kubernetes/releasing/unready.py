"""Says which objects of a release are not ready: helm itself only tells that time ran out.

It looks once and waits for nothing.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.awaiting.waiter import look_once
from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.kubernetes.model.objects import describe, namespace_of, with_metadata

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.kubernetes.releasing.helm import LiveRelease


async def unready_objects(cluster: Cluster, release: LiveRelease) -> list[str]:
    """Return a line for each reason why an object of the release is not ready."""
    reasons: list[str] = []
    for obj in objects_of(release.manifest, "The release's manifest"):
        placed = obj if namespace_of(obj) else with_metadata(obj, namespace=release.namespace)
        with contextlib.suppress(ApiError, KindNotServed, Unreachable):  # the error that matters is helm's
            reasons += await _reasons(cluster, placed)
    return reasons


async def _reasons(cluster: Cluster, obj: KubeObject) -> list[str]:
    live = await cluster.get(obj)
    return [f"{describe(live)}: {reason}" for reason in await look_once(cluster, live, obj)]
