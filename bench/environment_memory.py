"""Memory of the containers of an environment, counted as `docker stats` counts it: page cache that can go is left out.

It deliberately counts no process of this computer, such as the container engine itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker

from bench.environment import NAME

MIB = 1 << 20


def memory_mib() -> dict[str, float]:
    """Return container -> MiB."""
    client = docker.from_env()
    containers = client.containers.list(filters={"label": f"io.slipway.environment={NAME}"})
    with ThreadPoolExecutor(max_workers=len(containers) or 1) as pool:
        # One-shot: the usual answer waits a second for a processor figure that nobody needs here.
        stats = pool.map(lambda container: client.api.stats(container.id, stream=False, one_shot=True), containers)
        sizes = [_used(answer["memory_stats"]) for answer in stats]
    return {
        str(container.name).removeprefix(f"slipway-{NAME}-"): round(size / MIB, 1)
        for container, size in sorted(zip(containers, sizes, strict=True), key=lambda pair: str(pair[0].name))
    }


def _used(stats: dict[str, Any]) -> float:
    # docker/cli, cli/command/container/stats_helpers.go: calculateMemUsageUnixNoCache; cgroup v1, then v2.
    details = stats["stats"]
    inactive = details.get("total_inactive_file", details.get("inactive_file", 0))
    usage = float(stats["usage"])
    return usage - inactive if inactive < usage else usage
