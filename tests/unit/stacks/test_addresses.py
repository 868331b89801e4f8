"""Addresses follow from the file and from the blocks that its pools were given, and scaling moves nobody else."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stacks.addresses import LOAD_BALANCER, POOLS, REGISTRY, address, pool_capacity
from stacks.machine_plans import control_plane_plans, load_balancer_plan, worker_plans
from stacks.settings import Settings, parse

NETWORK = "172.31.240.0/24"
SIZES = st.lists(st.integers(1, pool_capacity(NETWORK)), min_size=1, max_size=POOLS)


def _settings(sizes: list[int], **more: Any) -> Settings:  # noqa: ANN401 - any entries
    pools = [{"name": f"pool-{index}", "size": size} for index, size in enumerate(sizes)]
    entries = {"place": "containers", "network": NETWORK, "pools": pools, "database": {"pool": "pool-0"}, **more}
    return parse({f"slipway:{key}": value for key, value in entries.items()}, "x")


def _addresses(settings: Settings) -> dict[str, str]:
    blocks = {pool.name: number for number, pool in enumerate(settings.pools)}
    plans = [load_balancer_plan(settings), *control_plane_plans(settings), *worker_plans(settings, blocks)]
    return {plan.name: plan.address for plan in plans}


@given(SIZES)
def test_no_two_machines_share_an_address(sizes: list[int]) -> None:
    found = _addresses(_settings(sizes, controlPlane={"count": 3}))
    network = ipaddress.ip_network(NETWORK)

    assert len({*found.values(), address(NETWORK, REGISTRY)}) == len(found) + 1 == sum(sizes) + 5
    # The first address is the engine's own, the last one the broadcast.
    usable = {str(host) for host in list(network.hosts())[1:]}
    assert set(found.values()) <= usable


@given(SIZES, SIZES)
def test_scaling_a_pool_moves_no_other_machine(before: list[int], after: list[int]) -> None:
    old, new = _addresses(_settings(before)), _addresses(_settings(after))

    assert {name: old[name] for name in old.keys() & new} == {name: new[name] for name in old.keys() & new}


def test_known_addresses_stay_what_they_are() -> None:
    # Written down: machines that exist have these addresses, and another scheme would make all of them anew.
    assert _addresses(_settings([2, 1])) == {
        "load-balancer": "172.31.240.3",
        "control-plane-0": "172.31.240.4",
        "pool-0-0": "172.31.240.16",
        "pool-0-1": "172.31.240.17",
        "pool-1-0": "172.31.240.31",
    }
    assert address(NETWORK, LOAD_BALANCER) == "172.31.240.3"


def test_a_larger_network_has_room_for_more_machines_of_a_pool() -> None:
    assert [pool_capacity(network) for network in ("10.0.0.0/26", NETWORK, "10.0.0.0/20")] == [3, 15, 271]
