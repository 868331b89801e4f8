"""Puts pods on nodes: bin packing in two dimensions, with what else keeps two pods apart.

It deliberately tries several orders and calls something unplaced only when all of them fail: the exact answer is
exponential, and a false alarm costs more trust than it saves time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PODS_PER_NODE: Final = 110
"""The kubelet's default (KubeletConfiguration maxPods)."""


@dataclass(frozen=True)
class Demand:
    """One pod that needs a place."""

    owner: str
    cpu_millis: int
    memory_bytes: int
    nodes: frozenset[str]
    """Names of the nodes that may take it."""
    ports: frozenset[int] = frozenset()
    stands_alone: bool = False


@dataclass
class Room:
    """What is left on a node."""

    cpu_millis: int
    memory_bytes: int
    pods: int = PODS_PER_NODE
    ports: set[int] = field(default_factory=set)
    owners: Counter[str] = field(default_factory=Counter)

    def takes(self, demand: Demand) -> bool:
        """Say whether there is room for a pod."""
        return (
            self.pods >= 1
            and self.cpu_millis >= demand.cpu_millis
            and self.memory_bytes >= demand.memory_bytes
            and not self.ports & demand.ports
            and not (demand.stands_alone and self.owners[demand.owner])
        )

    def put(self, demand: Demand) -> None:
        """Take the room of a pod."""
        self.pods -= 1
        self.cpu_millis -= demand.cpu_millis
        self.memory_bytes -= demand.memory_bytes
        self.ports |= demand.ports
        self.owners[demand.owner] += 1

    def copy(self) -> Room:
        """Return a room that changes on its own."""
        return Room(self.cpu_millis, self.memory_bytes, self.pods, set(self.ports), self.owners.copy())


@dataclass(frozen=True)
class Packing:
    """What came of it."""

    unplaced: list[Demand]
    rooms: Mapping[str, Room]
    """What is left of each node."""


def pack(rooms: Mapping[str, Room], demands: Sequence[Demand]) -> Packing:
    """Place pods; return the best of several attempts."""
    best: Packing | None = None
    for order in ORDERS:
        for prefer in PREFERENCES:
            attempt = _attempt(rooms, sorted(demands, key=order), prefer)
            if not attempt.unplaced:
                return attempt
            if best is None or len(attempt.unplaced) < len(best.unplaced):
                best = attempt
    return best or Packing([], rooms)


def _attempt(rooms: Mapping[str, Room], demands: Sequence[Demand], prefer: Callable[[Room], float]) -> Packing:
    left = {name: room.copy() for name, room in rooms.items()}
    unplaced = []
    for demand in demands:
        fitting = [name for name in sorted(demand.nodes & left.keys()) if left[name].takes(demand)]
        if fitting:
            left[min(fitting, key=lambda name: prefer(left[name]))].put(demand)
        else:
            unplaced.append(demand)
    return Packing(unplaced, left)


# Pods with few places to go first; then the large ones, by CPU, by memory, or by both.
ORDERS: Final[tuple[Callable[[Demand], tuple[float, ...]], ...]] = (
    lambda each: (len(each.nodes), -each.cpu_millis, -each.memory_bytes),
    lambda each: (len(each.nodes), -each.memory_bytes, -each.cpu_millis),
    lambda each: (-each.cpu_millis, -each.memory_bytes, len(each.nodes)),
    lambda each: (-each.memory_bytes, -each.cpu_millis, len(each.nodes)),
    lambda each: (-(each.cpu_millis + each.memory_bytes / 2**20), len(each.nodes)),
)
# Fill the fullest node first, or spread over the emptiest.
PREFERENCES: Final[tuple[Callable[[Room], float], ...]] = (
    lambda room: room.cpu_millis + room.memory_bytes / 2**20,
    lambda room: -(room.cpu_millis + room.memory_bytes / 2**20),
    lambda room: room.cpu_millis,
    lambda room: room.memory_bytes,
)
