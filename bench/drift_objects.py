"""`bench/run-drift`: the Kubernetes layer of a drift run by listing each kind, beside one GET for each object.

It deliberately runs against a real API server without nodes, and fails unless exactly the injected drift is found.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from operations.drift.kubernetes.cluster import key_of, read_cluster
from operations.drift.kubernetes.comparison import compare
from operations.drift.resource import Resource
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from tests.plugins.kubernetes.control_plane import ControlPlane, Tools, find_tool

if TYPE_CHECKING:
    import httpx

TARGET_SECONDS = 15.0
MANAGER = "pulumi-kubernetes-bench"
DRIFTED_EVERY = 100
PARALLEL = 8
API = {"ConfigMap": "/api/v1", "Secret": "/api/v1", "Service": "/api/v1", "Role": "/apis/rbac.authorization.k8s.io/v1"}
KINDS = tuple(API)
NAMESPACE = "bench"


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="bench/run-drift", description="Measure drift runs with many objects.")
    parser.add_argument("--objects", type=int, default=2000, metavar="N", help="how many objects (default 2000)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds of listing and single GETs in turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured to a file")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the control plane is stopped
    with tempfile.TemporaryDirectory(prefix="slipway-bench-drift-") as work:
        tools = Tools(find_tool("etcd"), find_tool("kube-apiserver"), find_tool("kube-controller-manager"))
        plane = ControlPlane(Path(work), tools)
        try:
            plane.start()
            measured = asyncio.run(_measure(plane, options.objects, options.repeat))
        finally:
            plane.stop()
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2) + "\n")
    Console().print(_table(measured))
    return 0 if max(measured["listing"]) <= TARGET_SECONDS else 1


async def _measure(plane: ControlPlane, objects: int, repeat: int) -> dict[str, Any]:
    api = KubernetesApi(parse_kubeconfig(plane.kubeconfig()), timeout_seconds=60)
    async with api.client() as http:
        recorded = await _make(http, objects)
        drifted = await _drift(http, [entry for entry in recorded.values() if entry.name != NAMESPACE])
        measured: dict[str, Any] = {
            "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores": os.cpu_count(), "objects": objects, "drifted": drifted, "listing": [], "single": [], "load": [],
        }  # fmt: skip
        for _ in range(repeat):
            measured["load"].append(os.getloadavg()[0])
            measured["listing"].append(await _listing(http, recorded, drifted))
            measured["single"].append(await _single(http, recorded))
    return measured


async def _make(http: httpx.AsyncClient, objects: int) -> dict[Any, Resource]:
    """Make a namespace and the objects by server-side apply, and record them as the provider plugin would."""
    bodies = [_body(KINDS[number % len(KINDS)], f"object-{number}") for number in range(objects)]
    first = await _apply(
        http, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    )
    few = asyncio.Semaphore(PARALLEL)

    async def one(body: dict[str, Any]) -> dict[str, Any]:
        async with few:
            return await _apply(http, _collection(body["kind"]), body)

    made = [first, *await asyncio.gather(*(one(body) for body in bodies))]
    inputs = [{"metadata": {"name": NAMESPACE}}, *bodies]
    return {
        key_of(live): Resource(live["metadata"]["name"], f"kubernetes:{live['kind']}", "", wanted, live)
        for live, wanted in zip(made, inputs, strict=True)
    }


def _body(kind: str, name: str) -> dict[str, Any]:
    version = "rbac.authorization.k8s.io/v1" if kind == "Role" else "v1"
    content: dict[str, dict[str, Any]] = {
        "ConfigMap": {"data": {"a": "1", "b": "2"}},
        "Secret": {"data": {"a": "MQ==", "b": "Mg=="}},
        "Service": {"spec": {"ports": [{"port": 80, "protocol": "TCP"}], "selector": {"app": name}}},
        "Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]},
    }
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content[kind]}


def _collection(kind: str) -> str:
    return f"{API[kind]}/namespaces/{NAMESPACE}/{kind.lower()}s"


async def _apply(http: httpx.AsyncClient, collection: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await http.patch(
        f"{collection}/{body['metadata']['name']}",
        params={"fieldManager": MANAGER},
        content=json.dumps(body),
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


async def _drift(http: httpx.AsyncClient, recorded: list[Resource]) -> int:
    """Change every hundredth object as somebody else, and return how many that were."""
    chosen = recorded[::DRIFTED_EVERY]
    for entry in chosen:
        answer = await http.patch(
            f"{_collection(entry.outputs['kind'])}/{entry.name}",
            params={"fieldManager": "somebody"},
            content=json.dumps({"metadata": {"labels": {"app": "changed"}}}),
            headers={"Content-Type": "application/merge-patch+json"},
        )
        answer.raise_for_status()
    return len(chosen)


async def _listing(http: httpx.AsyncClient, recorded: dict[Any, Resource], drifted: int) -> float:
    started = time.perf_counter()
    cluster = await read_cluster(http, {entry.outputs["apiVersion"] for entry in recorded.values()})
    found = compare(recorded, cluster, ()).suspects
    seconds = time.perf_counter() - started
    own = [one.finding for one in found if one.key in recorded]
    if len(own) != drifted or {one.property for one in own} != {"metadata.labels.app"}:
        raise SystemExit(f"{drifted} changed labels were injected, but found: {[one.key for one in own][:5]} ...")
    return round(seconds, 2)


async def _single(http: httpx.AsyncClient, recorded: dict[Any, Resource]) -> float:
    """Read every recorded object alone, one after the other as a provider's refresh does in the worst case."""
    started = time.perf_counter()
    for entry in recorded.values():
        if entry.name != NAMESPACE:
            answer = await http.get(f"{_collection(entry.outputs['kind'])}/{entry.name}")
            answer.raise_for_status()
    return round(time.perf_counter() - started, 2)


def _table(measured: dict[str, Any]) -> Table:
    table = Table("", "seconds", "load", title=f"{measured['objects']} objects, {measured['drifted']} of them drifted")
    for name, text in (("listing", f"listing each kind (at most {TARGET_SECONDS:g})"), ("single", "one GET each")):
        load = ", ".join(f"{one:.1f}" for one in measured["load"])
        table.add_row(text, ", ".join(f"{one:.2f}" for one in measured[name]), load)
    return table


if __name__ == "__main__":
    sys.exit(main())
