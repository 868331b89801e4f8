"""What a set-up will do, decided before anything is done: which tool comes from where, and in which order.

It deliberately does no I/O, so that the order of the work can be tested without doing the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.definition import host_architecture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from toolchain.definition import GoModule, Tool


@dataclass(frozen=True)
class GoGroup:
    """Tools of one wrapper module, compiled by one `go build`."""

    module: str
    tools: tuple[Tool, ...]
    cpu_minutes: float

    @property
    def packages(self) -> dict[str, str]:
        """Executable -> Go package, over all tools of the group."""
        return {name: package for tool in self.tools if tool.go for name, package in tool.go.packages.items()}


@dataclass(frozen=True)
class Plan:
    """Every tool in exactly one of its fields."""

    releases: tuple[Tool, ...]
    wheels: tuple[Tool, ...]
    packages: tuple[Tool, ...]
    groups: tuple[GoGroup, ...]
    """Longest first: the short ones then fill the gap at the end, and no core is left waiting for the longest."""
    lost: tuple[Tool, ...]
    """Tools that no source can give here."""


def make_plan(
    missing: Iterable[Tool], modules: Mapping[str, GoModule], release_is_worth_trying: Callable[[Tool], bool]
) -> Plan:
    """Decide where each missing tool comes from: release, wheel, packages, Go module, in this order."""
    releases: list[Tool] = []
    wheels: list[Tool] = []
    packages: list[Tool] = []
    builds: dict[str, list[Tool]] = {}
    lost: list[Tool] = []
    for tool in missing:
        if release_is_worth_trying(tool):
            releases.append(tool)
        elif tool.wheel and tool.wheel.architecture == host_architecture():
            wheels.append(tool)
        elif tool.packages:
            packages.append(tool)
        elif tool.go:
            builds.setdefault(tool.go.module, []).append(tool)
        else:
            lost.append(tool)
    groups = [GoGroup(name, tuple(tools), modules[name].cpu_minutes) for name, tools in builds.items()]
    groups.sort(key=lambda group: (-group.cpu_minutes, group.module))
    return Plan(tuple(releases), tuple(wheels), tuple(packages), tuple(groups), tuple(lost))
