"""What the foundation stands on: a registry, machines and doors, whichever place they come from.

After it, nothing asks where a machine came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.doors import Doors
    from components.machine import Machine
    from components.registry import RegistryService
    from plugins.slipway import sdk


@dataclass(frozen=True)
class Trust:
    """What the parts of an environment know each other by."""

    authority: sdk.CertificateAuthority
    ssh_key: sdk.SshKey


@dataclass(frozen=True)
class Ground:
    """What a place gives."""

    registry: RegistryService
    machines: Mapping[str, Machine]
    """By name: load balancers first, then control planes, then workers."""
    doors: Doors
    virtual_ip: str | None = None
    """The address that the load balancers share; that of the only one when None."""
    shared_processors: bool = False
    """Whether the machines share processors with each other, so that what is done first delays the rest."""
