"""Pods that would no longer fit: what they ask for against what the nodes offer after the update.

It deliberately leaves running pods where they are, as the scheduler does, unless the update makes them anew.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from operations.preview.finding import Finding
from operations.preview.foresight.packing import Demand, Packing, Room, pack
from operations.preview.foresight.quantity import shown_memory
from operations.preview.foresight.workload import Key, Workload, untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.preview.foresight.survey import LivePod, Survey

STATIC_CPU_MILLIS: Final = 650
STATIC_MEMORY_BYTES: Final = 100 * 2**20
"""What kubeadm's static pods ask for on a control plane: API server 250m, controller manager 200m, scheduler 100m,
etcd 100m and 100 MiB (kubernetes cmd/kubeadm/app/phases/controlplane and etcd)."""
Pods = list[tuple[Workload, str]]


def find_unfit(survey: Survey) -> list[Finding]:
    """Return a finding for each workload whose pods have no place, or whose rollout could not begin."""
    if not survey.staying:
        return []
    rooms = {node.name: Room(node.cpu_millis, node.memory_bytes) for node in survey.staying}
    findings = [*_daemons(survey, rooms)]
    kept = _keep(survey, rooms)
    demands = [demand for each in survey.workloads.values() for demand in _demands(survey, each, kept[each.key])]
    demands += _strangers(survey)
    packing = pack(rooms, demands)
    findings += _unplaced(survey, packing)
    if not packing.unplaced:
        findings += _stuck_rollouts(survey, packing)
    return findings


def _daemons(survey: Survey, rooms: dict[str, Room]) -> Iterator[Finding]:
    """Give every node its static pods and its daemons first: they are there before all others."""
    for node in survey.staying:
        if node.is_control_plane:
            _take(rooms[node.name], _static(survey, node.name))
        for workload in survey.workloads.values():
            may_run = workload.is_daemon and node in survey.eligible(workload)
            if may_run and not _put(rooms[node.name], _demand(workload, {node.name})):
                yield _finding(
                    workload, f"one pod does not fit on {node.name}, which has {_left(rooms[node.name])} left for it"
                )
    _foreign_daemons(survey, rooms)


def _foreign_daemons(survey: Survey, rooms: dict[str, Room]) -> None:
    """Take the room of daemons that the program does not declare, such as kube-proxy."""
    for pod in survey.pods:
        if pod.owner[0] == "DaemonSet" and _is_strange(survey, pod) and pod.node in rooms:
            _take(rooms[pod.node], _pod_demand(pod))


def _static(survey: Survey, node: str) -> Demand:
    own = [_pod_demand(pod) for pod in survey.pods if pod.owner[0] == "Node" and pod.node == node]
    if not own:
        return Demand("static pods", STATIC_CPU_MILLIS, STATIC_MEMORY_BYTES, frozenset())
    return Demand("static pods", sum(d.cpu_millis for d in own), sum(d.memory_bytes for d in own), frozenset())


def _keep(survey: Survey, rooms: dict[str, Room]) -> Counter[Key]:
    """Take the room of pods that stay where they are; return how many of each workload that is."""
    kept: Counter[Key] = Counter()
    for pod in survey.pods:
        workload, node = survey.workloads.get(pod.owner), survey.nodes.get(pod.node)
        if workload is None or workload.is_daemon or workload.is_new or node is None or node.leaves or node.is_replaced:
            continue
        if kept[pod.owner] < workload.replicas and not untolerated(workload, node):
            _take(rooms[node.name], _demand(workload, {node.name}))
            kept[pod.owner] += 1
    for pod in survey.pods:
        if _is_strange(survey, pod) and pod.owner[0] not in {"Node", "DaemonSet"} and pod.node in rooms:
            _take(rooms[pod.node], _pod_demand(pod))
    return kept


def _demands(survey: Survey, workload: Workload, kept: int) -> list[Demand]:
    if workload.is_daemon:
        return []
    nodes = {node.name for node in survey.eligible(workload)}
    # A workload without any node to go to is told by the check of taints.
    return [_demand(workload, nodes)] * max(workload.replicas - kept, 0) if nodes else []


def _strangers(survey: Survey) -> list[Demand]:
    """Return the pods of others, which the program does not declare, on nodes that leave."""
    leaving = [pod for pod in survey.pods if _is_strange(survey, pod) and pod.owner[0] not in {"Node", "DaemonSet"}]
    found = []
    for pod in leaving:
        node = survey.nodes.get(pod.node)
        if node is not None and node.leaves:
            workload = Workload(pod.owner, pod.spec)
            nodes = {each.name for each in survey.eligible(workload)}
            found.append(_demand(workload, nodes))
    return found


def _is_strange(survey: Survey, pod: LivePod) -> bool:
    return pod.owner not in survey.workloads and pod.owner not in survey.forgotten


def _unplaced(survey: Survey, packing: Packing) -> Iterator[Finding]:
    counts = Counter(demand.owner for demand in packing.unplaced)
    for demand in {demand.owner: demand for demand in packing.unplaced}.values():
        left = ", ".join(f"{name} has {_left(packing.rooms[name])}" for name in sorted(demand.nodes)) or "no node may"
        total = next((w.replicas for w in survey.workloads.values() if str(w) == demand.owner), counts[demand.owner])
        yield Finding(
            check="fit",
            severity="error",
            about=demand.owner,
            text=f"{counts[demand.owner]} of {total} pods, each asking for {_asked(demand)}, do not fit: {left} left.",
            advice="Raise size, cpu or memoryMib of the pool, or lower the replicas or what they ask for.",
        )


def _stuck_rollouts(survey: Survey, packing: Packing) -> Iterator[Finding]:
    for workload in survey.workloads.values():
        nodes = {node.name for node in survey.eligible(workload)}
        if not workload.surge or not nodes:
            continue
        demand = _demand(workload, nodes)
        if not any(packing.rooms[name].takes(demand) for name in nodes):
            yield Finding(
                check="fit",
                severity="warning",
                about=str(workload),
                text=f"A rollout starts with one pod more ({_asked(demand)}), for which no node has room left.",
                advice="Leave room for one more pod, or allow maxUnavailable: 1 in the rollout.",
            )


def _demand(workload: Workload, nodes: set[str]) -> Demand:
    return Demand(
        str(workload),
        workload.cpu_millis,
        workload.memory_bytes,
        frozenset(nodes),
        ports=workload.host_ports,
        stands_alone=workload.stands_alone,
    )


def _pod_demand(pod: LivePod) -> Demand:
    return _demand(Workload(pod.owner, pod.spec), set())


def _put(room: Room, demand: Demand) -> bool:
    fits = room.takes(demand)
    if fits:
        room.put(demand)
    return fits


def _take(room: Room, demand: Demand) -> None:
    """Take room for what is there anyway, even where there is none left."""
    room.put(demand)


def _finding(workload: Workload, text: str) -> Finding:
    return Finding(
        check="fit",
        severity="error",
        about=str(workload),
        text=f"{text[0].upper()}{text[1:]}.",
        advice="Raise cpu or memoryMib of the pool; a node without its daemons is not ready.",
    )


def _asked(demand: Demand) -> str:
    return f"{demand.cpu_millis}m CPU and {shown_memory(demand.memory_bytes)}"


def _left(room: Room) -> str:
    return f"{max(room.cpu_millis, 0)}m CPU and {shown_memory(max(room.memory_bytes, 0))}"
