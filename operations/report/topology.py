"""The environment as a picture: users, load balancer, control planes, pools with their machines, registry.

It is pure: where everything stands follows from the outputs alone, and its colour from the health checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from operations.health.host import HostTarget
from operations.health.host_fact import HostFactTarget
from operations.health.report import Status
from operations.health.tcp import TcpTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from operations.health.outputs import Machine, Outputs
    from operations.health.report import HealthReport

WIDTH = 1080
USERS_X, BALANCER_X, GROUPS_X = 10, 215, 470
BOX_WIDTH, BOX_HEIGHT, GAP, HEAD = 178, 62, 14, 30
IN_A_ROW = 3
MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Group:
    """Machines that are drawn in one frame."""

    title: str
    machines: tuple[Machine, ...]

    @property
    def height(self) -> int:
        """Height of its frame."""
        rows = -(-len(self.machines) // IN_A_ROW)
        return HEAD + rows * (BOX_HEIGHT + GAP)


def draw(outputs: Outputs, report: HealthReport) -> Markup:
    """Return the picture as SVG."""
    states = machine_states(outputs, report)
    balancers = [machine for machine in outputs.nodes if "load-balancer" in machine.roles]
    drawn, middles, top = [Markup("")], [], GAP
    for group in groups(outputs.nodes):
        drawn.append(_group(group, top, states))
        middles.append(top + group.height / 2)
        top += group.height + GAP
    drawn.append(_box(GROUPS_X, top, "registry", [outputs.registry.name], _state(report, "registry")))
    height = top + BOX_HEIGHT + GAP
    middle = height / 2
    arrows = [_arrow(BALANCER_X + BOX_WIDTH, middle, GROUPS_X, each) for each in middles]
    arrows.append(_arrow(USERS_X + BOX_WIDTH - 20, middle, BALANCER_X, middle))
    users = _box(USERS_X, middle - BOX_HEIGHT / 2, "users", [outputs.endpoints.application], _state(report, "workload"))
    doors = [
        _machine(machine, BALANCER_X, middle - BOX_HEIGHT / 2 + index * (BOX_HEIGHT + GAP), states)
        for index, machine in enumerate(balancers)
    ]
    content = Markup("").join([*arrows, users, *doors, *drawn])
    return Markup('<svg class="topology" role="img" aria-label="Topology of {}" viewBox="0 0 {} {}">{}</svg>').format(
        report.environment, WIDTH, height, content
    )


def groups(machines: Sequence[Machine]) -> list[Group]:
    """Return what is framed together: the control planes, then each pool in the order of the outputs."""
    found: dict[str, list[Machine]] = {}
    for machine in machines:
        if "load-balancer" not in machine.roles:
            title = "control plane" if "control-plane" in machine.roles else f"pool {machine.pool}"
            found.setdefault(title, []).append(machine)
    return [Group(title, tuple(members)) for title, members in found.items()]


def machine_states(outputs: Outputs, report: HealthReport) -> dict[str, Status]:
    """Return the worst state of every machine's own checks."""
    about = {
        (target.layer, target.name): target.machine
        for target in outputs.health_targets
        if isinstance(target, HostTarget | HostFactTarget | TcpTarget) and target.machine
    }
    states: dict[str, Status] = {}
    for check in report.checks:
        machine = about.get((check.layer, check.name))
        if machine is not None and states.get(machine, Status.HEALTHY) is Status.HEALTHY:
            states[machine] = check.status
    return states


def _state(report: HealthReport, layer: str) -> Status:
    of_layer = [check for check in report.checks if check.layer == layer]
    return Status.HEALTHY if all(check.status is Status.HEALTHY for check in of_layer) else Status.UNHEALTHY


def _group(group: Group, top: float, states: Mapping[str, Status]) -> Markup:
    frame = Markup('<rect class="frame" x="{}" y="{}" width="{}" height="{}" rx="10"/>').format(
        GROUPS_X - GAP, top, IN_A_ROW * (BOX_WIDTH + GAP) + GAP, group.height
    )
    taints = sorted({taint for machine in group.machines for taint in machine.taints})
    title = f"{group.title} ({', '.join(taints)})" if taints else group.title
    head = Markup('<text class="head" x="{}" y="{}">{}</text>').format(GROUPS_X, top + 20, title)
    machines = [
        _machine(
            machine,
            GROUPS_X + index % IN_A_ROW * (BOX_WIDTH + GAP),
            top + HEAD + index // IN_A_ROW * (BOX_HEIGHT + GAP),
            states,
        )
        for index, machine in enumerate(group.machines)
    ]
    return Markup("").join([frame, head, *machines])


def _machine(machine: Machine, x: float, y: float, states: Mapping[str, Status]) -> Markup:
    size = f"{machine.cpu} cpu, {machine.memory_mib / MIB_PER_GIB:g} GiB"
    return _box(x, y, machine.name, [machine.address, size], states.get(machine.name))


def _box(x: float, y: float, title: str, lines: Sequence[str], state: Status | None) -> Markup:
    parts = [
        Markup('<rect class="box {}" x="{}" y="{}" width="{}" height="{}" rx="8"/>').format(
            state.value if state else "unknown", x, y, BOX_WIDTH, BOX_HEIGHT
        ),
        Markup('<text class="name" x="{}" y="{}">{}</text>').format(x + 12, y + 21, title),
    ]
    parts += [
        Markup('<text class="detail" x="{}" y="{}">{}</text>').format(x + 12, y + 38 + index * 15, _short(text))
        for index, text in enumerate(lines)
    ]
    return Markup("").join(parts)


def _short(text: str, most: int = 26) -> str:
    plain = text.removeprefix("https://")
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _arrow(x1: float, y1: float, x2: float, y2: float) -> Markup:
    bend, end = (x1 + x2) / 2, x2 - GAP
    return Markup('<path class="arrow" d="M{},{} C{},{} {},{} {},{}"/>').format(x1, y1, bend, y1, bend, y2, end, y2)
