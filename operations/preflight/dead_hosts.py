"""Finds workers that are dead and no longer listed, so that their nodes go before anything is moved in the cluster.

Pulumi deletes last. With a dead node still in the cluster, the updates before that would wait for pods on it until they
give up. A host that is alive leaves as everything else does: last, and drained.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from operations.stack_state import HOST_RUN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from operations.stack_state import Recorded
    from stacks.settings import Settings

ANSWER_SECONDS = 10.0
JOIN = "-join"


def dead_workers(settings: Settings, nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of workers that left the file and whose SSH server does not answer.

    Behind a jump host nobody is asked: from here, all of them are silent.

    Args:
        settings: What the environment's file says now.
        nodes: The output `nodes` of the last update.
    """
    listed = {host.address for host in settings.hosts}
    left = [node for node in nodes if "worker" in node["roles"] and node["address"] not in listed]
    gone = [node for node in left if not node.get("jump")]
    return asyncio.run(_silent(gone)) if gone else []


def joins(resources: Sequence[Recorded], names: Sequence[str]) -> list[str]:
    """Return the URNs of the runs that made these machines nodes; deleting one makes the cluster forget its node.

    With them the load balancers' list of workers, which comes after them, so that the engine wants both gone: deleting
    that does nothing, and the next update writes it again.
    """
    wanted = {f"{name}{JOIN}" for name in names}
    runs = [item for item in resources if item.type == HOST_RUN]
    made = {item.urn for item in runs if item.urn.rpartition("::")[2] in wanted}
    return [item.urn for item in runs if item.urn in made or item.dependencies & made]


async def _silent(nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    answers = await asyncio.gather(*(_answers(node["address"], int(node["sshPort"])) for node in nodes))
    return [node["name"] for node, answered in zip(nodes, answers, strict=True) if not answered]


async def _answers(address: str, port: int) -> bool:
    import asyncssh  # noqa: PLC0415 - takes half a second to import

    try:
        await asyncio.wait_for(asyncssh.get_server_host_key(address, port, config=[]), ANSWER_SECONDS)
    except (OSError, asyncssh.Error, TimeoutError):
        return False
    return True
