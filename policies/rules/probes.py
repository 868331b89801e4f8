"""Long-running containers answer three questions: have you started, can you serve, are you alive.

What a good answer is, the health targets of the stack say; here it only matters that there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.kubernetes_object import KubernetesObject

LONG_RUNNING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def three_probes(each: KubernetesObject) -> Iterator[str]:
    """Find containers of long-running workloads that lack a probe."""
    if each.kind not in LONG_RUNNING:
        return
    for container in each.containers(initial=False):
        missing = [probe for probe in PROBES if not container.get(probe)]
        if missing:
            yield f"container '{container.get('name')}' has no {', no '.join(missing)}"
