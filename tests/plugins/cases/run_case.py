"""Plays a case step by step and compares.

It raises nothing: what is wrong comes back as a text that names the file and line of the step, and what was expected.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.plugins.cases.case import Case, Step, merged
from tests.plugins.cases.matching import mismatches
from tests.plugins.cases.program import Program
from tests.plugins.cases.secret_search import leaks
from tests.plugins.cases.tags import Absent
from tests.plugins.cases.world import Versioned

if TYPE_CHECKING:
    from tests.plugins.cases.bench import Bench
    from tests.plugins.cases.stack import Done, Stack
    from tests.plugins.cases.world import World

_SEQUENCES = {
    "replace": ["create-replacement", "replace", "delete-replaced"],
    "delete-before-replace": ["delete-replaced", "replace", "create-replacement"],
}
_SAME = ([], ["same"])
# Controllers of the world act a moment later.
_SETTLE_SECONDS = 8
_PROGRAM = "from tests.plugins.cases.separate import run\n\nrun({path!r}, {step}, {variables!r})\n"


class Play:
    """One run of one case."""

    def __init__(self, case: Case, world: World, bench: Bench) -> None:
        self._case, self._world, self._bench = case, world, bench
        self._program: dict[str, Any] = case.program
        separate = case.processes == "separate"
        self._client = "" if separate else bench.programs.address
        environment = {**world.environment, **case.environment}
        self._stack: Stack = bench.stack(environment, attach="" if separate else world.package)
        self._stack.configure({**world.config, **case.config})

    def run(self) -> str:
        """Play the steps until one is not as expected; return what is wrong with it, empty if all hold."""
        self._bench.plugin.make_provider = self._world.provider
        for thing in self._case.before:
            self._world.change("create", thing)
        for index, step in enumerate(self._case.steps):
            problems, done = self._play(index, step)
            if problems:
                listed = "\n".join(f"  {line}" for line in problems)
                said = f"\n--- the CLI said:\n{done.output}" if done else ""
                where = f"{self._case.path}:{step.line}: step {index + 1} ({step.title})"
                return f"{self._case.title}\n{where}:\n{listed}{said}"
        return ""

    def _play(self, index: int, step: Step) -> tuple[list[str], Done | None]:
        try:
            for change in step.change:
                for verb, what in change.items():
                    self._world.change(verb, what)
        except ValueError as error:
            return [f"change: {error}"], None
        self._program = merged(self._program, step.edit)
        if step.do is None:
            return self._settled(step), None
        before = self._fingerprint() if step.do == "preview" else None
        done = self._operate(index, step.do, step.arguments)
        problems = [*_outcome(step, done), *_steps(step, done), *self._state(step, done)]
        problems += self._differences(step) if problems else self._settled(step)
        if before and not problems:
            problems += mismatches(before, self._fingerprint(), "the preview changed something")
        return problems, done

    def _fingerprint(self) -> dict[str, Any]:
        """Return what no preview may change: the state, and the versions of all things in it."""
        checkpoint = self._stack.checkpoint()
        versions = self._world.versions(checkpoint.resources) if isinstance(self._world, Versioned) else {}
        return {"state": checkpoint.text, "versions": versions}

    def _operate(self, index: int, operation: str, arguments: list[str]) -> Done:
        if self._client:
            self._bench.programs.serve(Program(self._program, self._case.exports))
        else:
            path = str(self._case.path)
            self._stack.write_program(_PROGRAM.format(path=path, step=index, variables=self._world.variables))
        done = self._stack.run(operation, arguments, self._client)
        self._bench.background.call(self._bench.plugin.end_sessions())
        return done

    def _state(self, step: Step, done: Done) -> list[str]:
        checkpoint = self._stack.checkpoint()
        problems = []
        for name, expected in step.state.items():
            problems += mismatches(expected, checkpoint.named(name) or Absent(), f"state.{name}")
        problems += mismatches(step.outputs, checkpoint.outputs, "outputs")
        texts = {"checkpoint": checkpoint.text, "output": done.output, "event log": done.events.text}
        return problems + leaks([self._case.program, self._program], texts)

    def _settled(self, step: Step) -> list[str]:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while (problems := self._differences(step)) and time.monotonic() < deadline:
            time.sleep(0.2)
        return problems

    def _differences(self, step: Step) -> list[str]:
        problems = []
        for index, expected in enumerate(step.world):
            problems += mismatches(expected, self._world.find(expected) or Absent(), f"world[{index}]")
        for index, unwanted in enumerate(step.absent):
            if (found := self._world.find(unwanted)) is not None:
                problems.append(f"absent[{index}]: expected nothing, found {json.dumps(found, default=str)}")
        return problems


def _outcome(step: Step, done: Done) -> list[str]:
    """Compare exit code and diagnostics."""
    problems = []
    if step.exit is not None and done.code != step.exit:
        problems.append(f"exit: expected {step.exit}, found {done.code}")
    elif step.exit is None and bool(done.code) != bool(step.error):
        problems.append(f"exit: expected {'a failure' if step.error else 0}, found {done.code}")
    said = {"error": done.errors, "warning": done.events.said("warning"), "anything": done.output}
    for severity, fragments in (("error", step.error), ("warning", step.warning)):
        problems += [f"{severity}: nobody says {text!r}" for text in fragments if text not in said[severity]]
    problems += [
        f"silent: somebody says {text!r}" for text in step.silent if any(text in item for item in said.values())
    ]
    return problems


def _steps(step: Step, done: Done) -> list[str]:
    """Compare the engine's steps and the differences it saw."""
    problems = []
    events = done.events
    for name in sorted({*step.steps, *events.steps}):
        found = events.steps.get(name, [])
        wanted = step.steps.get(name)
        if wanted is None:
            # An operation that fails may have done anything before; what it must have done is named.
            if found not in _SAME and name not in events.providers and step.do != "destroy" and not step.error:
                problems.append(f"steps.{name}: expected no change, found {found} {events.diff.get(name, '')}")
            continue
        expected = _SEQUENCES.get(wanted, [wanted]) if isinstance(wanted, str) else wanted
        if found != expected and not (expected == ["same"] and found in _SAME):
            problems.append(f"steps.{name}: expected {expected}, found {found} {events.diff.get(name, '')}")
    for name, expected_diff in step.diff.items():
        found_diff = events.diff.get(name, {})
        if found_diff != expected_diff:
            problems.append(f"diff.{name}: expected {expected_diff}, found {found_diff}")
    return problems
