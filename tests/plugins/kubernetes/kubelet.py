"""Plays scheduler and kubelet: writes the status that real ones would write to the pods of a namespace.

It runs no containers.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane

NODE = "node-1"
RUNNING: dict[str, Any] = {
    "phase": "Running",
    "podIP": "10.244.0.9",
    "podIPs": [{"ip": "10.244.0.9"}],
    "conditions": [{"type": name, "status": "True"} for name in ("PodScheduled", "Initialized", "Ready")],
}
SUCCEEDED: dict[str, Any] = {"phase": "Succeeded"}
UNSCHEDULABLE: dict[str, Any] = {
    "phase": "Pending",
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient cpu.",
        }
    ],
}


def waiting(reason: str, message: str, /, **last: Value) -> dict[str, Any]:
    """Return the status of a pod whose container ``c`` waits for ``reason``."""
    state = {"name": "c", "ready": False, "restartCount": 1, "image": "x:1", "imageID": ""}
    state |= {"state": {"waiting": {"reason": reason, "message": message}}}
    if last:
        state["lastState"] = {"terminated": last}
    return {"phase": "Pending", "containerStatuses": [state]}


@contextlib.asynccontextmanager
async def kubelet(control_plane: ControlPlane, namespace: str, status: dict[str, Any]) -> AsyncIterator[None]:
    """Give all pods of the namespace the status, also those that come later."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    done: set[str] = set()
    with contextlib.suppress(httpx.HTTPStatusError):  # another test made it
        control_plane.request("POST", "/api/v1/nodes", {"metadata": {"name": NODE}})

    def once() -> None:
        for pod in control_plane.request("GET", path)["items"]:
            name = pod["metadata"]["name"]
            if "deletionTimestamp" in pod["metadata"]:
                # Only the kubelet may say that the containers have ended.
                with contextlib.suppress(httpx.HTTPStatusError):
                    control_plane.request("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 0})
            if name in done:
                continue
            with contextlib.suppress(httpx.HTTPStatusError):  # deleted in the meantime
                if status["phase"] == "Running" and not pod["spec"].get("nodeName"):
                    target = {"metadata": {"name": name}, "target": {"kind": "Node", "name": NODE}}
                    control_plane.request("POST", f"{path}/{name}/binding", target)
                control_plane.patch(f"{path}/{name}/status", {"status": status})
                done.add(name)

    async def play() -> None:
        while True:
            await asyncio.to_thread(once)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(play())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
