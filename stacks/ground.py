"""What the foundation stands on: a registry, machines and doors, whichever place they come from.

After it, nothing asks where a machine came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

    from components.doors import Doors
    from components.machine import Machine
    from components.registry import RegistryService
    from plugins.slipway import sdk


APPLICATION_REPOSITORIES = ("slipway/api", "slipway/frontend", "slipway/drift")
"""What is pushed to the registry beside the platform's images."""


@dataclass(frozen=True)
class Trust:
    """What the parts of an environment know each other by."""

    authority: sdk.CertificateAuthority
    ssh_key: sdk.SshKey


class ManagedLoadBalancer(Protocol):
    """A load balancer that is told machine by machine where to send what comes."""

    listeners: Sequence[pulumi.Resource]
    """What has to be there before anything goes through."""

    def attach_control_plane(self, machine: Machine) -> list[pulumi.Resource]:
        """Send it what is for the API from now on."""
        ...

    def attach_worker(self, machine: Machine) -> list[pulumi.Resource]:
        """Send it what is for the gateway: from before it joins until after it has left."""
        ...


@dataclass(frozen=True)
class Ground:
    """What a place gives."""

    registry: RegistryService
    machines: Mapping[str, Machine]
    """By name: load balancers first, then control planes, then workers."""
    doors: Doors
    endpoint: pulumi.Input[str]
    """Where everything inside reaches the API servers: an address, or a name that all machines can look up."""
    virtual_ip: str | None = None
    """That endpoint, where load balancers share it; None where it is the address of one of them."""
    load_balancer: ManagedLoadBalancer | None = None
    """What is behind it, where the place has one that is no machine of ours."""
    shared_processors: bool = False
    """Whether the machines share processors with each other, so that what is done first delays the rest."""
