"""Which machine gets which fixed address.

Scaling a pool never moves another machine: every pool owns a block, which the state remembers by the pool's name.
"""

from __future__ import annotations

import ipaddress
from typing import Final

# Offsets in the network; the first address is the engine's own.
REGISTRY: Final = 2
EMULATOR: Final = 1
"""Of a cloud that is emulated on this computer."""
EMULATED_LOAD_BALANCER: Final = 2
"""Of such a cloud's first load balancer."""
LOAD_BALANCER: Final = 3
FIRST_CONTROL_PLANE: Final = 4
FIRST_POOL: Final = 16
POOLS = 15
"""How many blocks the network is divided into; more pools than that do not fit."""


def pool_capacity(network: str) -> int:
    """Return how many machines one pool may have in this network."""
    return (ipaddress.ip_network(network).num_addresses - FIRST_POOL - 1) // POOLS


def address(network: str, offset: int) -> str:
    """Return the address at that offset."""
    return str(ipaddress.ip_network(network)[offset])
