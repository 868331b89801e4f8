"""A fact about a machine, read over SSH: units that must be active, units that failed, kernel settings.

It deliberately knows a few facts and runs no command that a target brings along: a target is data.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

COMMANDS = {
    "unit": "systemctl is-active",
    "failedUnits": "systemctl list-units --state=failed --plain --no-legend --no-pager",
    "sysctl": "sysctl -n",
}
MOST_SHOWN = 4


class HostFactTarget(Target):
    """One fact."""

    kind: Literal["hostFact"]
    machine: str
    """Name of the machine in the output `nodes`."""
    fact: Literal["unit", "failedUnits", "sysctl"]
    subjects: tuple[str, ...] = ()
    """Units, or names of kernel settings; `failedUnits` has none."""
    equals: str = "active"
    """What each subject must be."""

    @property
    def over_ssh(self) -> bool:
        """It does."""
        return True

    async def probe(self, context: ProbeContext) -> Finding:
        """Ask the machine and judge."""
        if self.fact == "failedUnits":
            return evaluate_failed(await context.shells.run(self.machine, COMMANDS[self.fact]))
        # `systemctl is-active` ends with an error when one is not; what it prints is the answer.
        command = f"{COMMANDS[self.fact]} {shlex.join(self.subjects)}"
        return evaluate(await context.shells.run(self.machine, command, check=False), self)


def evaluate(output: str, target: HostFactTarget) -> Finding:
    """Judge one line for each subject."""
    values = output.splitlines()
    if len(values) != len(target.subjects):
        said = " ".join(values)[:100] or "nothing"
        return Finding(healthy=False, detail=f"asked for {len(target.subjects)} facts, the machine said {said}")
    wrong = [
        f"{subject} is {value.strip()}, expected {target.equals}"
        for subject, value in zip(target.subjects, values, strict=True)
        if value.strip() != target.equals
    ]
    names = ", ".join(subject.removesuffix(".service") for subject in target.subjects)
    return Finding(healthy=not wrong, detail="; ".join(wrong) or f"{names}: {target.equals}")


def evaluate_failed(output: str) -> Finding:
    """Judge a list of failed units."""
    failed = [line.split()[0] for line in output.splitlines() if line.strip()]
    if not failed:
        return Finding(healthy=True, detail="no unit failed")
    more = f" and {len(failed) - MOST_SHOWN} more" if len(failed) > MOST_SHOWN else ""
    return Finding(healthy=False, detail=f"failed: {', '.join(failed[:MOST_SHOWN])}{more}")
