"""Gives nodes back that an interrupted update had begun to drain: they stay, so they are to take pods again.

It deliberately looks only after an update that did not come to its end, and only at nodes that the role `leave` marked:
what somebody else cordoned stays cordoned.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from operations.failure import OperationFailedError
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.outputs import read_outputs

if TYPE_CHECKING:
    from rich.console import Console

    from operations.session import Session

LEAVING = "slipway.io/leaving"
"""Annotation of a node that is being drained; playbooks/roles/leave sets it."""
TIMEOUT_SECONDS = 10.0
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def give_back(session: Session, console: Console) -> None:
    """Let marked nodes take pods again; where the cluster does not answer, health says more.

    Raises:
        OperationFailedError: The outputs cannot be read.
    """
    outputs = read_outputs(session)
    try:
        api = KubernetesApi(parse_kubeconfig(outputs.kubeconfig), timeout_seconds=TIMEOUT_SECONDS)
        names = asyncio.run(_give_back(api, {machine.name for machine in outputs.nodes}))
    except (OperationFailedError, httpx.HTTPError) as error:
        console.print(f"Whether nodes are still cordoned cannot be told: {error or type(error).__name__}", markup=False)
        return
    for name in names:
        console.print(f"{name} takes pods again: an interrupted run had begun to drain it.", markup=False)


async def _give_back(api: KubernetesApi, staying: set[str]) -> list[str]:
    async with api.client() as http:
        listed = (await http.get("/api/v1/nodes")).raise_for_status().json()["items"]
        names = [name for node in listed if (name := node["metadata"]["name"]) in staying and is_leaving(node)]
        patch = {"metadata": {"annotations": {LEAVING: None}}, "spec": {"unschedulable": None}}
        for name in names:
            answer = await http.patch(f"/api/v1/nodes/{name}", json=patch, headers=MERGE_PATCH)
            answer.raise_for_status()
    return names


def is_leaving(node: dict[str, Any]) -> bool:
    """Say whether a drain of this node has begun."""
    return LEAVING in (node["metadata"].get("annotations") or {})
