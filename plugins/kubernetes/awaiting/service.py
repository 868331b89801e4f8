"""Tells when a Service has something to send traffic to.

It sends none; and a Service that selects nobody is ready after a while, since its pods may be meant to come later.
Source: pulumi/pulumi-kubernetes provider/pkg/await/service.go.
"""

from __future__ import annotations

from typing import Final

from plugins.kubernetes.awaiting.verdict import Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import KubeObject, name_of, pluck

# The official plugin lets endpoints settle for 10 s in every case. All of them being ready, fewer will do.
_SETTLE_SECONDS: Final = 2.0
_SETTLE_EMPTY_SECONDS: Final = 10.0


def related(live: KubeObject) -> list[Related]:
    """Return the endpoint slices of the service, if it is one that selects pods."""
    if not _selects_pods(live):
        return []
    return [Related("discovery.k8s.io/v1", "EndpointSlice", f"kubernetes.io/service-name={name_of(live)}")]


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by endpoints, and for a load balancer by its address."""
    live = snapshot.live
    needs_address = pluck(live, "spec", "type") == "LoadBalancer"
    if needs_address and not pluck(live, "status", "loadBalancer", "ingress"):
        text = "Waiting for the load balancer to get an address"
        return Waiting(text, [Problem("No load balancer address: is there a controller that assigns them?")])
    if not _selects_pods(live):
        return Ready("it selects no pods")
    slices = snapshot.of("EndpointSlice")
    if not slices:
        return Waiting(
            "Waiting for pods to direct traffic to", [Problem("No endpoints were made of its selector yet.")]
        )
    endpoints = [item for piece in slices for item in piece.get("endpoints") or []]
    endpoints = [item for item in endpoints if not pluck(item, "conditions", "terminating")]
    if not endpoints:
        selector = ", ".join(f"{key}={value}" for key, value in (pluck(live, "spec", "selector") or {}).items())
        doubt = f"The selector ({selector}) matches no pods: if there should be some, compare it with their labels."
        return Ready("it has no endpoints, and none come", _SETTLE_EMPTY_SECONDS, doubt)
    # An absent condition counts as ready (discovery.k8s.io/v1 EndpointConditions).
    pending = sum(pluck(item, "conditions", "ready") is False for item in endpoints)
    if not pending:
        return Ready(f"{len(endpoints)} endpoints ready", _SETTLE_SECONDS)
    problem = Problem(f"{pending} of the {len(endpoints)} selected pods are not ready.")
    return Waiting(f"Waiting for pods to be ready ({len(endpoints) - pending}/{len(endpoints)})", [problem])


def _selects_pods(live: KubeObject) -> bool:
    spec = live.get("spec") or {}
    return bool(spec.get("selector")) and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
