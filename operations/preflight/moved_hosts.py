"""Refuses changes of the list of hosts that would do harm: a host under another name, another address of the cluster.

It is pure: it compares the environment's file with the output `nodes` of the last update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stacks.settings import Settings


def refuse_moved_hosts(environment: str, settings: Settings, outputs: Mapping[str, Any]) -> None:
    """Keep an update from beginning that would wipe a host which stays.

    Args:
        environment: Its name.
        settings: What its file says now.
        outputs: Those of the last update; empty before the first one.

    Raises:
        OperationFailedError: All that is wrong, host by host.
    """
    nodes = outputs.get("nodes") or []
    if problems := [*_renamed(settings, nodes), *_other_front(environment, settings, outputs)]:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise OperationFailedError(
            f"The hosts of '{environment}' cannot change like this, nothing was changed:\n{lines}",
            ExitCode.CONFIGURATION,
        )


def _renamed(settings: Settings, nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = {node["address"]: node["name"] for node in nodes}
    for host in settings.hosts:
        former = names.get(host.address, host.name)
        if former != host.name:
            yield (
                f"{host.address} is '{former}' so far, not '{host.name}': under a new name it would be wiped as one "
                f"that left. Keep the name, or take it out, run: slipway up, and then list it anew"
            )


def _other_front(environment: str, settings: Settings, outputs: Mapping[str, Any]) -> Iterator[str]:
    """Find what all nodes know and what is not told to them again: the address of the cluster, and of its registry."""
    fronts = [host.address for host in settings.hosts if host.pool == "load-balancer"]
    if not fronts:  # a place that makes its own machines
        return
    wanted = settings.load_balancer.virtual_ip or fronts[0]
    recorded = {
        "the address of the load balancers": (outputs.get("endpoints", {}).get("apiServer"), wanted),
        "the load balancer with the registry": (outputs.get("registry", {}).get("address"), fronts[0]),
    }
    for what, (url, now) in recorded.items():
        former = url.removeprefix("https://").rpartition(":")[0] if url else now
        if former != now:
            yield (
                f"{what} is {former} so far, not {now}: all nodes know the cluster by it. Keep it (the first host of "
                f"the pool has the registry), or begin anew: slipway destroy {environment}"
            )
