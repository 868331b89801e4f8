"""The exported contract: what health checks, drift runs and CI read, and nothing else.

It is the only caller of pulumi.export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from components import cluster_dns
from components.gateway import NAMESPACE as GATEWAY_NAMESPACE
from components.machine import SSH_USER
from stacks import slo

if TYPE_CHECKING:
    from stacks.foundation import Foundation
    from stacks.settings import Settings
    from stacks.workloads import Workloads

MAX_DISK_PERCENT = 90
MAX_CLOCK_SKEW_SECONDS = 2
MIN_CERTIFICATE_DAYS = 14
MAX_LATENCY_MS = 2000


def export(settings: Settings, base: Foundation, workloads: Workloads) -> None:
    """Export every output of the stack."""
    access, https = base.registry.access, f"127.0.0.1:{settings.ports.https}"
    application = f"https://{settings.public_name}:{settings.ports.https}"
    pulumi.export("kubeconfig", pulumi.Output.secret(base.cluster.kubeconfig))
    pulumi.export("ssh", {"user": SSH_USER, "privateKey": pulumi.Output.secret(base.ssh_key.private_key)})
    pulumi.export(
        "registry",
        {
            "address": access.published,
            "name": base.registry.name,
            "serverName": access.server_name,
            "username": access.username,
            "password": pulumi.Output.secret(access.password),
            "caPem": access.ca_pem,
        },
    )
    pulumi.export(
        "endpoints",
        {
            "application": application,
            "api": f"{application}/api/v1",
            "apiServer": f"https://127.0.0.1:{settings.ports.api_server}",
            "caPem": access.ca_pem,
        },
    )
    pulumi.export("nodes", [machine.as_output() for machine in base.machines])
    pulumi.export("pools", [pool.model_dump(by_alias=True) for pool in settings.pools])
    door = {"address": https, "serverName": settings.public_name, "caPem": access.ca_pem}
    public = [
        {"name": "frontend", "url": f"{application}/", "status": 200, **door},
        {"name": "API", "url": f"{application}/api/v1/products?limit=1", "status": 200, **door},
    ]
    pulumi.export("slo", slo.output(settings.slo.objective, public))
    pulumi.export("healthTargets", _targets(base, workloads, application, door))


def _targets(base: Foundation, workloads: Workloads, application: str, door: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = [machine.name for machine in base.machines if "load-balancer" not in machine.plan.roles]
    http = {"kind": "http", "status": 200, "maxLatencyMs": MAX_LATENCY_MS, **door}
    resolve = f"import socket; print(socket.gethostbyname('{workloads.database.host}'))"
    return [
        *(_host(machine.name) for machine in base.machines),
        {"kind": "registry", "layer": "registry", "name": "push and pull", "repository": "slipway/health"},
        {"kind": "apiServer", "layer": "cluster", "name": "API server"},
        {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": nodes},
        {
            "kind": "pods",
            "layer": "cluster",
            "name": "system pods",
            "namespaces": [cluster_dns.NAMESPACE, GATEWAY_NAMESPACE],
        },
        {
            "kind": "podExec",
            "layer": "cluster",
            "name": "DNS inside a pod",
            "namespace": workloads.namespace.name,
            "selector": "app.kubernetes.io/name=api",
            "command": ["python3", "-c", resolve],
            "expect": r"^\d+\.\d+\.\d+\.\d+",
        },
        {"kind": "tls", "layer": "gateway", "name": "certificate", "minDays": MIN_CERTIFICATE_DAYS, **door},
        {**http, "layer": "gateway", "name": "frontend", "url": f"{application}/", "contains": "<title>"},
        {**http, "layer": "workload", "name": "API", "url": f"{application}/api/v1/products?limit=1"},
        {"kind": "pods", "layer": "workload", "name": "application pods", "namespaces": [workloads.namespace.name]},
        {
            "kind": "document",
            "layer": "workload",
            "name": "document round trip",
            "url": f"{application}/api/v1",
            **door,
        },
    ]


def _host(name: str) -> dict[str, Any]:
    return {
        "kind": "host",
        "layer": "machines",
        "name": name,
        "machine": name,
        "maxDiskPercent": MAX_DISK_PERCENT,
        "maxClockSkewSeconds": MAX_CLOCK_SKEW_SECONDS,
    }
