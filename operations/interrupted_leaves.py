"""Takes back what a run that did not come to its end had begun with nodes that stay after all, before the next update.

Such a node is cordoned, or its kubelet stands still, or the cluster has forgotten it, and its host may be half given
back; the update itself would wait for pods on it until it gives up. What somebody else cordoned stays cordoned.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from operations.failure import OperationFailedError
from operations.forgotten_runs import forget_runs
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.outputs import read_outputs
from operations.preflight.dead_hosts import JOIN
from operations.stack_state import HOST_RUN

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

    from operations.session import Session
    from operations.stack_state import StackState

LEAVING = "slipway.io/leaving"
"""Annotation of a node that is being drained; playbooks/roles/leave sets it."""
PREPARE = "-prepare"
"""The end of the name of what prepares a machine (components/prepared_machine.py)."""
TIMEOUT_SECONDS = 10.0
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def take_back(session: Session, state: StackState, staying: set[str], console: Console) -> bool:
    """Let nodes take pods again, and let the update join those again that the cluster has forgotten.

    Args:
        session: The environment.
        state: What is recorded of it.
        staying: The workers that the environment's file names.
        console: Where what was found is told.

    Returns:
        Whether the cluster could be asked.

    Raises:
        PulumiFailedError: The state cannot be changed.
    """
    runs = {item.urn.rpartition("::")[2]: item for item in state.resources if item.type == HOST_RUN}
    joins = {name: runs[run].urn for name in sorted(staying) if (run := f"{name}{JOIN}") in runs}
    try:
        outputs = read_outputs(session)
        api = KubernetesApi(parse_kubeconfig(outputs.kubeconfig), timeout_seconds=TIMEOUT_SECONDS)
        leaving, forgotten = asyncio.run(_give_back(api, joins))
    except (OperationFailedError, httpx.HTTPError) as error:
        said = f"Whether an interrupted run left nodes cordoned cannot be told yet: {error or type(error).__name__}"
        console.print(said, markup=False)
        return False
    for name in leaving:
        console.print(f"{name} takes pods again: an interrupted run had begun to drain it.", markup=False)
    for name in forgotten:
        console.print(f"{name} joins again: the cluster does not know it any more.", markup=False)
    # Hosts that are given back when they have left: how far that was, nobody knows.
    prepared = [runs[run] for name in staying - joins.keys() if (run := f"{name}{PREPARE}") in runs]
    unprepared = {item.urn for item in prepared if item.plain_input("deletePlaybook")}
    # Also those that are only cordoned: their kubelet may have been stopped.
    forget_runs(session, unprepared.union(joins[name] for name in (*leaving, *forgotten)))
    return True


async def _give_back(api: KubernetesApi, recorded: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the nodes that were given back, and those that are not there."""
    async with api.client() as http:
        listed = (await http.get("/api/v1/nodes")).raise_for_status().json()["items"]
        nodes = {node["metadata"]["name"]: node for node in listed}
        leaving = [
            name for name in recorded if name in nodes and LEAVING in (nodes[name]["metadata"].get("annotations") or {})
        ]
        patch = {"metadata": {"annotations": {LEAVING: None}}, "spec": {"unschedulable": None}}
        for name in leaving:
            answer = await http.patch(f"/api/v1/nodes/{name}", json=patch, headers=MERGE_PATCH)
            answer.raise_for_status()
    return leaving, [name for name in recorded if name not in nodes]
