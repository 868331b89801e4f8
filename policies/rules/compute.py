"""What every container says about the resources it needs: without it, scheduling and bin packing mean nothing.

A CPU limit is deliberately not asked for: throttling a pod on an idle node only adds latency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.kubernetes_object import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.kubernetes_object import KubernetesObject

WANTED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))


def requests_and_limits(each: KubernetesObject) -> Iterator[str]:
    """Find containers without a request of CPU and memory, or without a memory limit."""
    for container in each.containers():
        missing = [".".join(path) for path in WANTED if reach(container, "resources", *path) is None]
        if missing:
            yield f"container '{container.get('name')}': resources without {', '.join(missing)}"
