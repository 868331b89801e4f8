"""Which machines `slipway up --replace` makes anew, and in which order: one after the other, pool by pool.

It is pure; the updates themselves are those of `up`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.stack_state import StackState

MACHINES = frozenset({"docker:index/container:Container", "slipway:aws:Instance"})
"""Resource types of machines that slipway makes; each has the input `name`, `slipway-ENV-MACHINE`."""


def urns_to_replace(state: StackState | None, names: Sequence[str], environment: str) -> tuple[str, ...]:
    """Return the machines of these names or pools, each once, in the order in which they are named.

    Raises:
        OperationFailedError: There is no such worker.
    """
    nodes = (state.outputs.get("nodes") or []) if state else []
    workers = [node for node in nodes if "worker" in node["roles"]]
    wanted: dict[str, None] = {}
    for name in names:
        found = [node["name"] for node in workers if name in {node["name"], node["pool"]}]
        if not found:
            raise OperationFailedError(_unknown(name, environment, workers), ExitCode.CONFIGURATION)
        wanted.update(dict.fromkeys(found))
    return tuple(_urn(state, name, environment) for name in wanted) if state else ()


def _urn(state: StackState, machine: str, environment: str) -> str:
    name = f"slipway-{environment}-{machine}"
    for resource in state.resources:
        if resource.type in MACHINES and resource.plain_input("name") == name:
            return resource.urn
    raise OperationFailedError(
        f"Machine '{machine}' of '{environment}' is not one that slipway made, so it cannot make it anew.",
        ExitCode.CONFIGURATION,
    )


def _unknown(name: str, environment: str, workers: list[dict[str, str]]) -> str:
    known = sorted({worker[key] for worker in workers for key in ("name", "pool")})
    there = f"There are {', '.join(known)}." if known else f"It has none yet; make it with: slipway up {environment}"
    return f"'{environment}' has no worker and no pool of workers '{name}' to replace. {there}"
