"""The output `healthTargets`: what has to be looked at to know that this environment works, layer by layer.

It says what, not how: the kinds and how each is probed are described in docs/health.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components import cluster_dns
from components.cluster import API_PORT, CLUSTER_DNS
from components.gateway import NAMESPACE as GATEWAY_NAMESPACE

if TYPE_CHECKING:
    from components.doors import Doors
    from components.machine import Machine
    from stacks.foundation import Foundation
    from stacks.settings import Settings
    from stacks.workloads import Workloads

Target = dict[str, Any]
MAX_DISK_PERCENT = 90
MAX_CLOCK_SKEW_SECONDS = 2
MIN_CERTIFICATE_DAYS = 14
MAX_LATENCY_MS = 2000
FOR_USERS = 5
"""Weight in the score of what users see; a cluster without its API counts 3, everything else 1."""
FOR_OPERATORS = 3
GATEWAY_API = "gateway.networking.k8s.io/v1"


PUSH_AND_PULL: Target = {
    "kind": "registry",
    "layer": "registry",
    "name": "push and pull",
    "repository": "slipway/health",
}


def targets(
    settings: Settings, base: Foundation, workloads: Workloads, application: str, door: dict[str, Any]
) -> list[Target]:
    """Return all targets; `door` is where the gateway is reached, as it goes into every target that asks it."""
    shares_address = settings.load_balancer.virtual_ip is not None
    return [
        *_machines(base, shares_address=shares_address),
        *_cluster(base, workloads),
        *_gateway(settings, base.doors, door),
        *_workload(workloads, application, door),
    ]


def _machines(base: Foundation, *, shares_address: bool) -> list[Target]:
    found: list[Target] = []
    for machine in base.machines:
        on = {"layer": "machines", "machine": machine.name}
        limits = {"maxDiskPercent": MAX_DISK_PERCENT, "maxClockSkewSeconds": MAX_CLOCK_SKEW_SECONDS}
        found.append({"kind": "host", "name": machine.name, **limits, **on})
        units = {"fact": "unit", "subjects": _units(machine, shares_address=shares_address), "equals": "active"}
        found.append({"kind": "hostFact", "name": f"{machine.name} services", **units, **on})
    return found


def _units(machine: Machine, *, shares_address: bool) -> list[str]:
    if "load-balancer" in machine.plan.roles:
        return ["haproxy.service", *(["keepalived.service"] if shares_address else [])]
    return ["containerd.service", "kubelet.service"]


def _cluster(base: Foundation, workloads: Workloads) -> list[Target]:
    nodes = [machine for machine in base.machines if "load-balancer" not in machine.plan.roles]
    in_cluster = {"layer": "cluster"}
    resolve = f"import socket; print(socket.gethostbyname('{workloads.database.host}'))"
    return [
        # Where logins end after hours, the recorded one would soon make a healthy registry an unhealthy one.
        *([] if base.registry.expiring_logins else [PUSH_AND_PULL]),
        {"kind": "apiServer", "name": "API server", "weight": FOR_OPERATORS, **in_cluster},
        *(
            {
                "kind": "tcp",
                "name": f"{machine.name} API port",
                "address": f"{machine.plan.address}:{API_PORT}",
                "machine": machine.name,
                **in_cluster,
            }
            for machine in nodes
            if "control-plane" in machine.plan.roles and not machine.jump  # behind one, it is not reached from here
        ),
        {"kind": "nodes", "name": "nodes", "expected": [machine.name for machine in nodes], **in_cluster},
        {
            "kind": "pods",
            "name": "system pods",
            "namespaces": [cluster_dns.NAMESPACE, GATEWAY_NAMESPACE],
            **in_cluster,
        },
        {
            "kind": "condition",
            "name": "metrics API",
            "apiVersion": "apiregistration.k8s.io/v1",
            "resource": "apiservices",
            "object": "v1beta1.metrics.k8s.io",
            "conditions": ["Available"],
            **in_cluster,
        },
        {
            "kind": "dns",
            "name": "DNS from a node",
            "query": workloads.database.host,
            "server": f"{CLUSTER_DNS}:53",
            "machine": next(machine.name for machine in nodes if "worker" in machine.plan.roles),
            **in_cluster,
        },
        {
            "kind": "podExec",
            "name": "DNS inside a pod",
            "namespace": workloads.namespace.name,
            "selector": "app.kubernetes.io/name=api",
            "command": ["python3", "-c", resolve],
            "expect": r"^\d+\.\d+\.\d+\.\d+",
            **in_cluster,
        },
    ]


def _gateway(settings: Settings, doors: Doors, door: dict[str, Any]) -> list[Target]:
    at = {"layer": "gateway"}
    # Names below localhost are this computer's by definition (RFC 6761), whatever its resolver says; those of an
    # emulated cloud are known to nobody.
    is_looked_up = not settings.public_name.endswith("localhost") and not settings.is_emulated
    public_dns = {"kind": "dns", "name": "public name", "query": settings.public_name, **at}
    return [
        *([public_dns] if is_looked_up else []),
        {
            "kind": "condition",
            "name": "gateway",
            "apiVersion": GATEWAY_API,
            "resource": "gateways",
            "namespace": GATEWAY_NAMESPACE,
            "object": "gateway",
            "conditions": ["Accepted", "Programmed"],
            **at,
        },
        {
            "kind": "tls",
            "name": "certificate",
            "minDays": MIN_CERTIFICATE_DAYS,
            "weight": FOR_USERS,
            **at,
            **door,
        },
        {
            "kind": "http",
            "name": "redirect to HTTPS",
            "url": f"http://{settings.public_name}:{doors.http_port}/",
            "address": doors.http,
            "serverName": settings.public_name,
            "status": 301,
            **at,
        },
    ]


def _workload(workloads: Workloads, application: str, door: dict[str, Any]) -> list[Target]:
    on: dict[str, Any] = {"layer": "workload"}
    for_users = {"weight": FOR_USERS, **on, **door}
    quick = {"kind": "http", "status": 200, "maxLatencyMs": MAX_LATENCY_MS, **for_users}
    api = f"{application}/api/v1"
    namespace = workloads.namespace.name
    return [
        {"name": "frontend", "url": f"{application}/", "contains": "<title>", **quick},
        {"name": "API", "url": f"{api}/products?limit=1", **quick},
        *(
            {
                "kind": "condition",
                "name": f"route to {tier}",
                "apiVersion": GATEWAY_API,
                "resource": "httproutes",
                "namespace": namespace,
                "object": tier,
                "conditions": ["Accepted", "ResolvedRefs"],
                **on,
            }
            for tier in ("frontend", "api")
        ),
        {"kind": "pods", "name": "application pods", "namespaces": [namespace], **on},
        {"kind": "document", "name": "document round trip", "url": api, **for_users},
    ]
