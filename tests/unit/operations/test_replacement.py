"""Which machines are made anew, in which order, and what a wrong name gets."""

from __future__ import annotations

import pytest

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.replacement import urns_to_replace
from operations.stack_state import Recorded, StackState

MACHINES = {
    "load-balancer": ("load-balancer", "load-balancer"),
    "control-plane-0": ("control-plane", "control-plane"),
    "general-0": ("general", "worker"),
    "general-1": ("general", "worker"),
    "database-0": ("database", "worker"),
}


CONTAINER, INSTANCE = "docker:index/container:Container", "slipway:aws:Instance"


def _state(kind: str = CONTAINER, *, made: bool = True) -> StackState:
    resources = tuple(
        Recorded(f"urn:{name}", kind, "id", {"name": f"slipway-try-{name}"}, frozenset()) for name in MACHINES if made
    )
    nodes = [{"name": name, "pool": pool, "roles": [role]} for name, (pool, role) in MACHINES.items()]
    return StackState(exported="", resources=resources, pending=(), outputs={"nodes": nodes})


@pytest.mark.parametrize("kind", [CONTAINER, INSTANCE])
def test_a_pool_is_replaced_machine_by_machine_and_each_once(kind: str) -> None:
    assert urns_to_replace(_state(kind), ("general",), "try") == ("urn:general-0", "urn:general-1")
    wanted = ("database", "general-1", "general")
    assert urns_to_replace(_state(kind), wanted, "try") == ("urn:database-0", "urn:general-1", "urn:general-0")
    assert urns_to_replace(_state(kind), (), "try") == ()


@pytest.mark.parametrize("name", ["nowhere", "load-balancer", "control-plane-0"])
def test_only_workers_can_be_replaced(name: str) -> None:
    with pytest.raises(OperationFailedError, match="database, database-0, general, general-0, general-1") as refused:
        urns_to_replace(_state(), (name,), "try")
    assert refused.value.code == ExitCode.CONFIGURATION


def test_nothing_can_be_replaced_before_it_was_made() -> None:
    with pytest.raises(OperationFailedError, match="slipway up try"):
        urns_to_replace(None, ("general",), "try")
    with pytest.raises(OperationFailedError, match="not one that slipway made"):
        urns_to_replace(_state(made=False), ("general",), "try")
