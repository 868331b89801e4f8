"""Tells when a Service has something to send traffic to.

It does not settle for ten seconds as the official plugin does: the first ready endpoint counts.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.verdict import Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.objects import KubeObject, name_of, pluck


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
    endpoints = [item for piece in snapshot.of("EndpointSlice") for item in piece.get("endpoints") or []]
    # An absent condition counts as ready (discovery.k8s.io/v1 EndpointConditions).
    ready = sum(pluck(item, "conditions", "ready") is not False for item in endpoints)
    if ready:
        return Ready(f"{ready} endpoints ready")
    if endpoints:
        text = f"None of the {len(endpoints)} selected pods is ready"
        return Waiting("Waiting for pods to be ready", [Problem(f"{text}.")])
    selector = ", ".join(f"{key}={value}" for key, value in (pluck(live, "spec", "selector") or {}).items())
    text = f"The selector ({selector}) matches no pods: compare it with the labels of the pods."
    return Waiting("Waiting for pods to direct traffic to", [Problem(text)])


def _selects_pods(live: KubeObject) -> bool:
    spec = live.get("spec") or {}
    return bool(spec.get("selector")) and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
