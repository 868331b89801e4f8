"""Which machines an environment consists of, as a pure function of its settings.

Nothing is made here: a place turns plans into machines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.machine import MachinePlan
from stacks.addresses import FIRST_CONTROL_PLANE, FIRST_POOL, LOAD_BALANCER, address, pool_capacity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.machine import Role
    from stacks.settings import Settings
    from stacks.settings_model import ControlPlane, LoadBalancer, Pool


OWN_POOLS: Mapping[str, Role] = {"load-balancer": "load-balancer", "control-plane": "control-plane"}
"""Pools of slipway's own, and what their machines are for; those of all others are workers."""


def load_balancer_plan(settings: Settings) -> MachinePlan:
    """Return the plan of the load balancer."""
    size = settings.load_balancer
    return MachinePlan(
        name="load-balancer",
        pool="load-balancer",
        roles=("load-balancer",),
        cpu=size.cpu,
        memory_mib=size.memory_mib,
        address=address(settings.network, LOAD_BALANCER),
    )


def control_plane_plans(settings: Settings) -> list[MachinePlan]:
    """Return the plans of the control planes."""
    size = settings.control_plane
    return [
        MachinePlan(
            name=f"control-plane-{index}",
            pool="control-plane",
            roles=("control-plane",),
            cpu=size.cpu,
            memory_mib=size.memory_mib,
            address=address(settings.network, FIRST_CONTROL_PLANE + index),
        )
        for index in range(size.count)
    ]


def worker_plans(settings: Settings, blocks: Mapping[str, int] | None = None) -> list[MachinePlan]:
    """Return the plans of all workers, pool by pool.

    Args:
        settings: The environment.
        blocks: The number of each pool's block of addresses; None where the place gives addresses itself.
    """
    capacity = pool_capacity(settings.network)
    return [
        MachinePlan(
            name=name,
            pool=pool.name,
            roles=("worker",),
            cpu=pool.cpu,
            memory_mib=pool.memory_mib,
            address=address(settings.network, FIRST_POOL + blocks[pool.name] * capacity + index) if blocks else "",
            labels=pool.labels,
            taints=pool.taints,
        )
        for pool in settings.pools
        for index, name in enumerate(pool.machine_names)
    ]


def host_plans(settings: Settings) -> list[MachinePlan]:
    """Return the plans of hosts that exist: load balancers first, then control planes, then workers."""
    pools = {pool.name: pool for pool in settings.pools}
    sizes: dict[str, LoadBalancer | ControlPlane | Pool] = {
        "load-balancer": settings.load_balancer,
        "control-plane": settings.control_plane,
        **pools,
    }
    order = list(sizes)
    return [
        MachinePlan(
            name=host.name,
            pool=host.pool,
            roles=(OWN_POOLS.get(host.pool, "worker"),),
            cpu=sizes[host.pool].cpu,
            memory_mib=sizes[host.pool].memory_mib,
            address=host.address,
            labels=pools[host.pool].labels if host.pool in pools else {},
            taints=pools[host.pool].taints if host.pool in pools else (),
        )
        for host in sorted(settings.hosts, key=lambda host: order.index(host.pool))
    ]


def open_workers(settings: Settings) -> int:
    """Return how many workers take any pod."""
    return sum(
        pool.size for pool in settings.pools if all(taint.endswith(":PreferNoSchedule") for taint in pool.taints)
    )
