"""Bin packing: nothing is placed where there is no room, and nothing is refused that would fit one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from operations.preview.foresight.packing import Demand, Room, pack
from operations.preview.foresight.quantity import cpu_millis, memory_bytes
from operations.preview.foresight.workload import absolute

NODES = ("a", "b", "c")
DEMANDS = st.lists(
    st.builds(
        Demand,
        owner=st.sampled_from("xyz"),
        cpu_millis=st.integers(0, 1000),
        memory_bytes=st.integers(0, 1000),
        nodes=st.frozensets(st.sampled_from(NODES), min_size=1),
        ports=st.frozensets(st.integers(1, 3), max_size=1),
        stands_alone=st.booleans(),
    ),
    max_size=12,
)


def rooms(cpu: int = 1000, memory: int = 1000) -> dict[str, Room]:
    return {name: Room(cpu, memory) for name in NODES}


def one(cpu: int, *nodes: str, memory: int = 0, **more: object) -> Demand:
    return Demand("x", cpu, memory, frozenset(nodes or NODES), **more)  # type: ignore[arg-type]


@given(DEMANDS)
def test_no_node_takes_more_than_it_has(demands: list[Demand]) -> None:
    packing = pack(rooms(), demands)
    assert all(room.cpu_millis >= 0 and room.memory_bytes >= 0 for room in packing.rooms.values())
    placed = len(demands) - len(packing.unplaced)
    assert sum(110 - room.pods for room in packing.rooms.values()) == placed


@given(DEMANDS)
def test_what_is_left_over_really_has_no_room(demands: list[Demand]) -> None:
    packing = pack(rooms(), demands)
    assert not any(packing.rooms[name].takes(left) for left in packing.unplaced for name in left.nodes)


def test_an_order_that_fails_is_not_the_last_word() -> None:
    # Largest first fills a and b to 600 + 300 and leaves no room for the last 200 + 200.
    demands = [one(cpu, "a", "b") for cpu in (600, 400, 400, 300, 300)]
    assert pack(rooms(), demands).unplaced == []


def test_pods_with_few_places_to_go_come_first() -> None:
    assert pack(rooms(), [*[one(1000, "a", "b")] * 1, one(1000, "a")]).unplaced == []


def test_both_dimensions_count() -> None:
    assert pack(rooms(), [one(0, "a", memory=600)] * 2).unplaced == [one(0, "a", memory=600)]


def test_ports_of_the_node_and_anti_affinity_keep_pods_apart() -> None:
    assert len(pack(rooms(), [one(1, ports=frozenset({80}))] * 4).unplaced) == 1
    assert len(pack(rooms(), [one(1, stands_alone=True)] * 4).unplaced) == 1


def test_a_node_takes_110_pods() -> None:
    assert len(pack(rooms(), [one(0, "a")] * 111).unplaced) == 1


def test_quantities_are_those_of_the_api() -> None:
    assert [cpu_millis(value) for value in ("100m", "0.1", 2, "1500m", "1e-1", None)] == [100, 100, 2000, 1500, 100, 0]
    assert [memory_bytes(value) for value in ("1Ki", "1k", "128Mi", "1G", 7, "x")] == [1024, 1000, 2**27, 10**9, 7, 0]


def test_percentages_are_rounded_as_kubernetes_does() -> None:
    assert [absolute(value, 3, up=True) for value in ("50%", "100%", "0%", 2)] == [2, 3, 0, 2]
    assert absolute("50%", 3, up=False) == 1
