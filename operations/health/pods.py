"""The pods that controllers keep in some namespaces: are all of them ready, and how often were they restarted?

It deliberately passes over finished pods of jobs, pods on their way out, and pods that a person started by hand.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

MOST_SHOWN = 4


class PodsTarget(Target):
    """All pods of some namespaces."""

    kind: Literal["pods"]
    namespaces: list[str]

    async def probe(self, context: ProbeContext) -> Finding:
        """List the pods of each namespace and judge."""
        lists = await asyncio.gather(
            *(context.api.items(f"/api/v1/namespaces/{namespace}/pods") for namespace in self.namespaces)
        )
        return evaluate(dict(zip(self.namespaces, lists, strict=True)))


def evaluate(pods_by_namespace: dict[str, list[dict[str, Any]]]) -> Finding:
    """Judge the items of pod lists."""
    kept = {namespace: [pod for pod in pods if _counts(pod)] for namespace, pods in pods_by_namespace.items()}
    problems = [f"namespace {namespace} has no pods" for namespace, pods in kept.items() if not pods]
    everything = [pod for pods in kept.values() for pod in pods]
    problems += [f"{pod['metadata']['name']} {reason}" for pod in everything if (reason := _unready(pod))]
    if problems:
        more = f" and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        return Finding(healthy=False, detail="; ".join(problems[:MOST_SHOWN]) + more)
    restarts = sum(status.get("restartCount", 0) for pod in everything for status in _containers(pod))
    return Finding(healthy=True, detail=f"{len(everything)} pods ready, {restarts} restarts")


def _counts(pod: dict[str, Any]) -> bool:
    metadata = pod["metadata"]
    owned = any(owner.get("controller") or owner["kind"] == "Node" for owner in metadata.get("ownerReferences", ()))
    finished = pod["status"].get("phase") == "Succeeded"
    return owned and not finished and "deletionTimestamp" not in metadata


def _unready(pod: dict[str, Any]) -> str | None:
    conditions = {condition["type"]: condition["status"] for condition in pod["status"].get("conditions", ())}
    if conditions.get("Ready") == "True":
        return None
    for status in _containers(pod):
        if waiting := status.get("state", {}).get("waiting"):
            return f"is waiting: {waiting.get('reason', 'no reason given')}"
    if conditions.get("PodScheduled") == "False":
        return "is not scheduled"
    return f"is not ready ({pod['status'].get('phase', 'no phase')})"


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pod["status"].get("containerStatuses", [])
    return found
