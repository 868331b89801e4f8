"""The place `ssh`: hosts that are there already. One carries load balancer and registry; none is created."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from components.cluster import API_PORT
from components.doors import Doors
from components.host_registry import HostRegistry, HostRegistryArgs
from components.machine import JumpHost
from components.places import containers
from components.places.ssh import Credentials, HostPlace
from stacks import machine_plans
from stacks.ground import Ground, Trust
from stacks.host_keys import pinned
from stacks.settings_hosts import HOST_PACKAGES
from toolchain import lookup

__all__ = ["ENGINE_IMAGES", "HOST_PACKAGES", "lay"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.machine import Machine
    from stacks.settings import Settings
    from toolchain.images.layout import ImageLayout

LOGIN_IMAGES: tuple[str, ...] = ()
"""None: the registry's login is good for as long as the environment is there."""
ENGINE_IMAGES = ("machine",)
"""Run by the container engine of this computer: the way from it to the registry."""


async def lay(stack: str, settings: Settings, trust: Trust, layouts: Mapping[str, ImageLayout]) -> Ground:
    """Take the hosts over and start the registry; `layouts` has the engine's images by name.

    Raises:
        SettingsError: A host's key is pinned nowhere.
    """
    machines = _machines(stack, settings, trust)
    balancer = next(iter(machines.values()))
    registry = HostRegistry(
        "registry",
        HostRegistryArgs(
            environment=stack,
            machine=balancer,
            ssh_private_key=trust.ssh_key.private_key,
            binary=str(lookup.executable("registry")),
            authority=trust.authority,
            relay_image=containers.engine_image(stack, layouts["machine"]).image_id,
            published_port=settings.ports.registry,
        ),
    )
    virtual_ip = settings.load_balancer.virtual_ip
    endpoint = virtual_ip or balancer.plan.address
    doors = Doors(endpoint, http_port=80, https_port=443, api_server_port=API_PORT)
    return Ground(registry=registry, machines=machines, doors=doors, endpoint=endpoint, virtual_ip=virtual_ip)


def _machines(stack: str, settings: Settings, trust: Trust) -> Mapping[str, Machine]:
    place = HostPlace(authorized_key=trust.ssh_key.public_key, jump=_jump(settings))
    keys = pinned(stack, settings)
    plans = machine_plans.host_plans(settings)
    hosts = {host.name: host for host in settings.hosts}
    machines = [
        place.machine(
            plan,
            Credentials(
                user=hosts[plan.name].user or settings.ssh.user or "",
                key_file=hosts[plan.name].key_file or settings.ssh.key_file,
            ),
            port=hosts[plan.name].port,
            host_key=keys[plan.name],
        )
        for plan in plans
    ]
    return {machine.name: machine for machine in machines}


def _jump(settings: Settings) -> JumpHost | None:
    jump = settings.ssh.jump
    if jump is None:
        return None
    return JumpHost(
        address=jump.address,
        port=jump.port,
        user=jump.user or settings.ssh.user or "",
        host_key=jump.host_key,
        key_file=_home(jump.key_file or settings.ssh.key_file),
    )


def _home(path: str | None) -> str | None:
    """Return a path with `~` as this user's home: OpenSSH's `~` would be that of whoever runs it."""
    return str(Path(path).expanduser()) if path else None
