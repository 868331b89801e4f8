"""Gives nodes back that an interrupted update had begun to take out: they stay, so they are to take pods again.

It deliberately looks only after an update that did not come to its end, and only at nodes that the role `leave` marked:
what somebody else cordoned stays cordoned.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh
import httpx

from operations import secure_shell
from operations.failure import OperationFailedError
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.outputs import read_outputs

if TYPE_CHECKING:
    from rich.console import Console

    from operations.health.outputs import Machine, Outputs
    from operations.session import Session

LEAVING = "slipway.io/leaving"
"""Annotation of a node that is being drained; playbooks/roles/leave sets it."""
TIMEOUT_SECONDS = 10.0
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
START_KUBELET = "sudo -n systemctl start kubelet.service"
"""The role stops it once the node is drained; where it runs this does nothing."""


def give_back(session: Session, console: Console) -> None:
    """Let marked nodes take pods again; where the cluster does not answer, health says more.

    Raises:
        OperationFailedError: The outputs cannot be read.
    """
    outputs = read_outputs(session)
    try:
        api = KubernetesApi(parse_kubeconfig(outputs.kubeconfig), timeout_seconds=TIMEOUT_SECONDS)
        told = asyncio.run(_give_back(api, outputs))
    except (OperationFailedError, httpx.HTTPError) as error:
        console.print(f"Whether nodes are still cordoned cannot be told: {error or type(error).__name__}", markup=False)
        return
    for line in told:
        console.print(line, markup=False)


async def _give_back(api: KubernetesApi, outputs: Outputs) -> list[str]:
    """Return what there is to tell of each node."""
    told = []
    async with api.client() as http:
        listed = (await http.get("/api/v1/nodes")).raise_for_status().json()["items"]
        leaving = {node["metadata"]["name"] for node in listed if is_leaving(node)}
        patch = {"metadata": {"annotations": {LEAVING: None}}, "spec": {"unschedulable": None}}
        for machine in outputs.nodes:
            if machine.name in leaving:
                told.append(await _start_kubelet(machine, outputs.ssh.private_key))
                answer = await http.patch(f"/api/v1/nodes/{machine.name}", json=patch, headers=MERGE_PATCH)
                answer.raise_for_status()
    return told


async def _start_kubelet(machine: Machine, key: str) -> str:
    try:
        async with await secure_shell.connect(machine, key) as connection:
            await connection.run(START_KUBELET, check=True, timeout=TIMEOUT_SECONDS)
    except (OSError, asyncssh.Error) as error:
        return f"{machine.name} is not cordoned any more, but whether its kubelet runs cannot be told: {error}"
    return f"{machine.name} takes pods again: an interrupted run had begun to drain it."


def is_leaving(node: dict[str, Any]) -> bool:
    """Say whether a drain of this node has begun."""
    return LEAVING in (node["metadata"].get("annotations") or {})
