"""Plans of real previews, recorded from the engine (see record.py), and ways to inject a mistake into one."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from operations.preview.engine_events import read_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.preview.plan import Plan, Planned

PLANS = Path(__file__).parent / "plans"


def recorded(name: str) -> Plan:
    """Return a recorded plan: `first`, `unchanged`, `change`, `replace`, or `aws`: a first one there."""
    return read_plan((PLANS / f"{name}.jsonl").read_text().splitlines())


@dataclass
class Edited:
    """A recorded plan that a test changes before it is looked at."""

    plan: Plan

    def edit(
        self, name: str, type_end: str, change: Callable[[dict[str, Any]], object], action: str = "update"
    ) -> None:
        """Change the new inputs of one resource."""
        found = self._one(name, type_end)
        inputs = copy.deepcopy(dict(found.new))
        change(inputs)
        self._put(found, dataclasses.replace(found, new=inputs, action=action))  # type: ignore[arg-type]

    def edit_machines(self, change: Callable[[dict[str, Any]], object], pool: str) -> None:
        """Change every machine of a pool, wherever it is named."""
        for run in self.plan.of_type(":AnsibleRun"):
            if any(host["pool"] == pool for host in run.new.get("hosts", [])):
                self.edit(
                    run.name, ":AnsibleRun", lambda inputs: [change(h) for h in inputs["hosts"] if h["pool"] == pool]
                )

    def remove(self, name: str, type_end: str) -> None:
        """Let one resource go."""
        found = self._one(name, type_end)
        self._put(found, dataclasses.replace(found, old=found.new, new={}, action="delete"))

    def set_old_outputs(self, name: str, type_end: str, *, action: str = "same", **outputs: object) -> None:
        """Say what the state knows of a resource."""
        found = self._one(name, type_end)
        merged = {**found.old_outputs, **outputs}
        self._put(found, dataclasses.replace(found, old_outputs=merged, action=action))  # type: ignore[arg-type]

    def add(self, resource: Planned) -> None:
        """Add a resource."""
        self.plan = dataclasses.replace(self.plan, resources=(*self.plan.resources, resource))

    def _one(self, name: str, type_end: str) -> Planned:
        (found,) = [each for each in self.plan.of_type(type_end) if each.name == name]
        return found

    def _put(self, old: Planned, new: Planned) -> None:
        resources = tuple(new if each is old else each for each in self.plan.resources)
        self.plan = dataclasses.replace(self.plan, resources=resources)


@pytest.fixture
def unchanged() -> Edited:
    """A running environment and no change."""
    return Edited(recorded("unchanged"))
