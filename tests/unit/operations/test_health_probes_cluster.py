"""Health targets of the cluster against a server that speaks as the API server does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from operations.health.report import Status

from .health_stack import http_target, kubeconfig, only_result, outputs_of, report_on
from .servers import Answers, Authority, https


def _pod(name: str, *, ready: bool = True, restarts: int = 0) -> dict[str, Any]:
    status = "True" if ready else "False"
    return {
        "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "controller": True}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": status}],
            "containerStatuses": [{"restartCount": restarts}],
        },
    }


async def test_cluster_checks_use_the_client_certificate(authority: Authority) -> None:
    node = {
        "metadata": {"name": "n1"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "allocatable": {"cpu": "2", "memory": "2048Mi"},
        },
    }
    answers = Answers(
        {
            "/readyz": (200, b"[+]ping ok\n[+]etcd ok\nreadyz check passed\n"),
            "/api/v1/nodes": (200, json.dumps({"items": [node]}).encode()),
            "/api/v1/namespaces/kube-system/pods": (200, json.dumps({"items": [_pod("dns", restarts=2)]}).encode()),
        }
    )
    targets = [
        {"kind": "apiServer", "layer": "cluster", "name": "API server"},
        {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": ["n1"]},
        {"kind": "pods", "layer": "cluster", "name": "system pods", "namespaces": ["kube-system"]},
    ]
    with https(answers, authority, client_certificates=True) as address:
        outputs = outputs_of(targets, authority, kubeconfig=kubeconfig(address, authority))
        report = await report_on(outputs)
    assert report.healthy, report.checks
    assert [check.detail for check in report.checks] == [
        "ready, 2 checks passed",
        "n1 (2 cpu, 2048Mi)",
        "1 pods ready, 2 restarts",
    ]


async def test_api_server_that_is_down_explains_what_depends_on_it(authority: Authority) -> None:
    targets = [
        {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": ["n1"]},
        {"kind": "apiServer", "layer": "cluster", "name": "API server"},
        {
            "kind": "podExec",
            "layer": "cluster",
            "name": "dns",
            "namespace": "x",
            "selector": "a=b",
            "command": ["true"],
            "expect": "",
        },
    ]
    report = await report_on(outputs_of(targets, authority))
    by_name = {check.name: check for check in report.checks}
    assert by_name["API server"].status is Status.UNHEALTHY
    assert by_name["nodes"].detail == "skipped (because the API server is down)"
    assert by_name["dns"].status is Status.SKIPPED
    assert not report.healthy


async def test_probe_that_hangs_is_given_up_after_the_timeout(authority: Authority) -> None:
    silent = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(30), "127.0.0.1", 0)
    address = f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    try:
        result = await only_result(outputs_of([http_target(address, authority)], authority), timeout_seconds=0.3)
    finally:
        silent.close()
    assert result.status is Status.UNHEALTHY
    assert result.latency_ms < 2000
    assert result.detail
