"""The plugin without the engine: a client that checks and creates over gRPC, against kubectl with the same objects.

It deliberately keeps no state and waits for nothing; it is the speed of the plugin and of the API server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from plugins.rpc.values import decode, encode
from tests.plugins.kubernetes.control_plane import find_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugins.kubernetes.control_plane import ControlPlane

TOKEN = "kubernetes:core/v1:ConfigMap"  # noqa: S105 - a type token
PARALLEL = 4 * (os.cpu_count() or 1)
"""What the CLI does at once by default (pkg/cmd/pulumi/operations/up.go)."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Comparison:
    """One round."""

    plugin_seconds: float
    kubectl_seconds: float
    plugin_mib: float
    load: tuple[float, float]


def compare(plane: ControlPlane, work: Path, number: int, objects: int) -> Comparison:
    """Create the objects with the plugin in one namespace, then with kubectl in another."""
    before = os.getloadavg()[0]
    namespaces = [f"plugin-{number}", f"kubectl-{number}"]
    for name in namespaces:
        plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    with _plugin(work) as (port, process):
        seconds = asyncio.run(_create(port, plane.kubeconfig(), namespaces[0], objects))
        memory = peak_mib(process.pid)
    kubectl = _kubectl(plane, work, namespaces[1], objects)
    for name in namespaces:
        made = plane.request("GET", f"/api/v1/namespaces/{name}/configmaps")["items"]
        assert len(made) == objects, f"{name} has {len(made)} of {objects} objects"  # noqa: S101 - else nothing is told
        plane.request("DELETE", f"/api/v1/namespaces/{name}/configmaps")
    return Comparison(seconds, kubectl, memory, (before, os.getloadavg()[0]))


def body(namespace: str, number: int) -> dict[str, Any]:
    """Return one object."""
    metadata = {"name": f"settings-{number}", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"number": str(number), "k": "v"}}


def peak_mib(pid: int) -> float:
    """Return the largest resident set that a process has had, in MiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


@contextlib.contextmanager
def _plugin(work: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    environment = {**os.environ, "PULUMI_HOME": str(work / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "plugins.kubernetes"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        yield int(process.stdout.readline()), process
    finally:
        process.terminate()
        process.wait(10)


async def _create(port: int, kubeconfig: str, namespace: str, objects: int) -> float:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        await stub.Configure(provider_pb2.ConfigureRequest(args=encode({"kubeconfig": kubeconfig})))
        at_once = asyncio.Semaphore(PARALLEL)

        async def one(number: int) -> None:
            urn = f"urn:pulumi:bench::bench::{TOKEN}::settings-{number}"
            named = {"urn": urn, "type": TOKEN, "name": f"settings-{number}"}
            async with at_once:
                checked = await stub.Check(provider_pb2.CheckRequest(**named, news=encode(body(namespace, number))))
                created = await stub.Create(provider_pb2.CreateRequest(**named, properties=checked.inputs))
            assert created.id == f"{namespace}/settings-{number}", decode(created.properties)  # noqa: S101 - as above

        started = time.monotonic()
        await asyncio.gather(*(one(number) for number in range(objects)))
        return time.monotonic() - started


def _kubectl(plane: ControlPlane, work: Path, namespace: str, objects: int) -> float:
    config, manifests = work / "kubeconfig", work / "objects.json"
    config.touch(mode=0o600)
    config.write_text(plane.kubeconfig())
    items = [body(namespace, number) for number in range(objects)]
    manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    command = [find_tool("kubectl"), f"--kubeconfig={config}", "apply", "--server-side", "-f", str(manifests)]
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started
