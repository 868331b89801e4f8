"""Whether load balancers can share the address that the environment's file names: it is of their network, and free.

It is pure: who has the address is what the hosts themselves found out.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from operations.preflight.finding import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operations.preflight.observation import Observation
    from operations.preflight.target import Target


def verdicts(seen: Sequence[tuple[Target, Observation]]) -> Iterator[tuple[str, tuple[Status, str]]]:
    """Return what is to be said of each host that is to share an address, by its name."""
    is_ours = any("held" in answer.values.get("shared", ()) for _, answer in seen)
    for target, answer in seen:
        if target.shared_address:
            yield target.name, _verdict(target.shared_address, answer, is_ours=is_ours)


def _verdict(address: str, answer: Observation, *, is_ours: bool) -> tuple[Status, str]:
    own = answer.one("network")
    if not own:
        return Status.OK, "cannot be told"  # that the host lacks its declared address is a finding of its own
    network = ipaddress.IPv4Interface(own).network
    wanted = ipaddress.IPv4Address(address)
    if wanted not in network or wanted in (network.network_address, network.broadcast_address):
        return (
            Status.ERROR,
            f"{address} is no address for hosts of {network}, which this one is in; expected a free one",
        )
    if "taken" in answer.values.get("shared", ()) and not is_ours:
        text = f"somebody has {address} already (see: ip neigh show {address}); expected an address that nobody has"
        return Status.ERROR, text
    return Status.OK, f"{address} in {network}"
