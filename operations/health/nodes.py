"""The nodes of the cluster: is every expected one there and Ready, and what does it offer to the scheduler?

It deliberately does not judge the offer; that it equals the declared size is for the component tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext


class NodesTarget(Target):
    """All nodes."""

    kind: Literal["nodes"]
    expected: list[str]

    async def probe(self, context: ProbeContext) -> Finding:
        """List the nodes and judge."""
        return evaluate(await context.api.items("/api/v1/nodes"), self.expected)


def evaluate(nodes: list[dict[str, Any]], expected: list[str]) -> Finding:
    """Judge the items of a node list."""
    found = {node["metadata"]["name"]: node for node in nodes}
    missing = [f"{name} is missing" for name in expected if name not in found]
    unready = [f"{name} is {reason}" for name in expected if name in found and (reason := _unready(found[name]))]
    if problems := missing + unready:
        return Finding(healthy=False, detail="; ".join(problems))
    offers = ", ".join(f"{name} {_offer(found[name])}" for name in expected)
    extra = sorted(found.keys() - set(expected))
    return Finding(healthy=True, detail=offers + (f"; not expected: {', '.join(extra)}" if extra else ""))


def _unready(node: dict[str, Any]) -> str | None:
    conditions = {condition["type"]: condition for condition in node["status"].get("conditions", ())}
    ready = conditions.get("Ready", {"status": "Unknown", "reason": "NoStatus"})
    if ready["status"] == "True":
        return None
    return f"not Ready ({ready.get('reason', ready['status'])})"


def _offer(node: dict[str, Any]) -> str:
    allocatable = node["status"].get("allocatable", {})
    cordoned = ", cordoned" if node.get("spec", {}).get("unschedulable") else ""
    return f"({allocatable.get('cpu', '?')} cpu, {allocatable.get('memory', '?')}{cordoned})"
