"""The hosts of an environment as a look before the first change needs them, with their pinned keys.

It asks no host; what a host says is in ``observation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.settings import known_keys

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.settings import Settings

NODE_PORTS = (10250, 10256)
CONTROL_PLANE_PORTS = (2379, 2380, 6443, 10257, 10259)
WORKER_PORTS = (30080, 30443, 30900)
LOAD_BALANCER_PORTS = (80, 443, 5000, 6443)


@dataclass(frozen=True)
class Target:
    """One host, and what it has to have."""

    name: str
    address: str
    port: int
    user: str
    key_file: str | None
    """The keys of the SSH agent and of ~/.ssh when None."""
    host_key: str | None
    """OpenSSH line; None while nobody has confirmed one."""
    known_name: str
    """Its name in a known_hosts file."""
    pool: str
    cpu: int
    memory_mib: int
    ports: tuple[int, ...]
    """TCP ports that nobody else may listen on."""
    jump: Target | None = None
    """What the connection goes through."""
    shared_address: str | None = None
    """The address that it shares with other load balancers."""

    @property
    def is_node(self) -> bool:
        """Whether it becomes a node of the cluster."""
        return self.pool != "load-balancer"


def targets(settings: Settings, known_hosts: Path) -> list[Target]:
    """Return the hosts of an environment; none in a place that makes its own machines."""
    confirmed = known_keys(known_hosts)
    sizes = {
        "load-balancer": (settings.load_balancer.cpu, settings.load_balancer.memory_mib),
        "control-plane": (settings.control_plane.cpu, settings.control_plane.memory_mib),
        **{pool.name: (pool.cpu, pool.memory_mib) for pool in settings.pools},
    }
    jump = _jump(settings)
    return [
        Target(
            name=host.name,
            address=host.address,
            port=host.port,
            user=host.user or settings.ssh.user or "",
            key_file=host.key_file or settings.ssh.key_file,
            known_name=host.known_name,
            host_key=host.host_key or confirmed.get(host.known_name),
            pool=host.pool,
            cpu=sizes[host.pool][0],
            memory_mib=sizes[host.pool][1],
            ports=_ports(host.pool),
            jump=jump,
            shared_address=settings.load_balancer.virtual_ip if host.pool == "load-balancer" else None,
        )
        for host in settings.hosts
    ]


def _jump(settings: Settings) -> Target | None:
    jump = settings.ssh.jump
    if jump is None:
        return None
    return Target(
        name="jump host",
        address=jump.address,
        port=jump.port,
        user=jump.user or settings.ssh.user or "",
        key_file=jump.key_file or settings.ssh.key_file,
        known_name=jump.address,
        host_key=jump.host_key,
        pool="jump",
        cpu=0,
        memory_mib=0,
        ports=(),
    )


def _ports(pool: str) -> tuple[int, ...]:
    own = {"load-balancer": LOAD_BALANCER_PORTS, "control-plane": (*NODE_PORTS, *CONTROL_PLANE_PORTS)}
    return own.get(pool, (*NODE_PORTS, *WORKER_PORTS))
