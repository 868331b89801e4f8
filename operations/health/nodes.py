"""The nodes of the cluster: is every expected one there and Ready, and what does it offer to the scheduler?

It deliberately does not judge the offer; that it equals the declared size is for the component tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from operations.health.probe_context import ProbeContext

AGENTS = "/apis/cilium.io/v2/ciliumnodes"
RESTART_AGENT = "kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName="


class NodesTarget(Target):
    """All nodes."""

    kind: Literal["nodes"]
    expected: list[str]

    async def probe(self, context: ProbeContext) -> Finding:
        """List the nodes and judge."""
        nodes, agents = await context.api.items("/api/v1/nodes"), await context.api.get(AGENTS)
        # There are none where the network is not Cilium, and an API server that starts refuses them for a moment.
        known = agents.json()["items"] if agents.is_success else ()
        return evaluate(nodes, self.expected, known)


def evaluate(nodes: list[dict[str, Any]], expected: list[str], agents: Sequence[dict[str, Any]] = ()) -> Finding:
    """Judge the items of a node list, and whether the network's agents (CiliumNodes) know the same addresses."""
    found = {node["metadata"]["name"]: node for node in nodes}
    agent_of = {agent["metadata"]["name"]: agent for agent in agents}
    missing = [f"{name} is missing" for name in expected if name not in found]
    unready = [f"{name} is {reason}" for name in expected if name in found and (reason := _unready(found[name]))]
    stale = [problem for name in expected if name in found if (problem := _stale(found[name], agent_of.get(name)))]
    if problems := missing + unready + stale:
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


def _stale(node: dict[str, Any], agent: dict[str, Any] | None) -> str | None:
    """Say where the agent has an address that the node has not: all others send the node's packets there."""
    name, own = node["metadata"]["name"], _internal(node.get("status", {}).get("addresses", ()), "address")
    agents = _internal((agent or {}).get("spec", {}).get("addresses", ()), "ip")
    if not own or not agents or own & agents:
        return None
    have, has = " and ".join(sorted(agents)), " and ".join(sorted(own))
    return f"{name} has the address {has}, its network agent knows {have}; restart the agent: {RESTART_AGENT}{name}"


def _internal(addresses: Iterable[dict[str, str]], key: str) -> set[str]:
    return {address[key] for address in addresses if address.get("type") == "InternalIP"}


def _offer(node: dict[str, Any]) -> str:
    allocatable = node["status"].get("allocatable", {})
    cordoned = ", cordoned" if node.get("spec", {}).get("unschedulable") else ""
    return f"({allocatable.get('cpu', '?')} cpu, {allocatable.get('memory', '?')}{cordoned})"
