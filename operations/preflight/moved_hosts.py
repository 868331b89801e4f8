"""Refuses changes of the list of hosts that would do harm: a host under another name, another load balancer.

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
    if problems := [*_renamed(settings, nodes), *_other_load_balancer(environment, settings, nodes)]:
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


def _other_load_balancer(environment: str, settings: Settings, nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    former = {node["address"] for node in nodes if "load-balancer" in node["roles"]}
    wanted = {host.address for host in settings.hosts if host.pool == "load-balancer"}
    if wanted and former and wanted != former:
        yield (
            f"the load balancer is {', '.join(sorted(former))} so far, not {', '.join(sorted(wanted))}: all nodes know "
            f"the cluster by it. Keep it, or begin anew: slipway destroy {environment}"
        )
