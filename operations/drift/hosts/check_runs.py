"""The recorded Ansible runs as check runs: the same playbooks, machines and variables, and nothing is changed.

It deliberately drives the runner process of the plugin (`python -m plugins.slipway.ansible`, a request as JSON on its
input), as the plugin itself does. Runs that differ in their machines alone are one run, so all hosts go side by side.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.drift.secret_texts import secret_texts
from operations.stack_state import HOST_RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operations.drift.recorded import RecordedState
    from operations.drift.resource import Resource

RUNNER = "plugins.slipway.ansible"
REPOSITORY = Path(__file__).resolve().parents[3]
SSH_SECONDS = 3.0
FORKS = 20
LINE_LIMIT_BYTES = 64 << 20
INHERITED = frozenset({"HOME", "LANG", "PATH", "TMPDIR", "TZ", "USER"})


@dataclass(frozen=True)
class CheckRun:
    """One run of a playbook on some machines."""

    playbook: str
    urns: dict[str, str]
    """The recorded run of each machine, by the machine's name."""
    request: dict[str, Any]

    @property
    def machines(self) -> list[str]:
        """Names of the machines."""
        return sorted(self.urns)


@dataclass(frozen=True)
class Outcome:
    """What came of one run."""

    run: CheckRun
    changes: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    unreachable: dict[str, str]
    problem: str = ""
    """Why there is no result at all; empty when there is one."""


def check_runs(state: RecordedState, timeout_seconds: float) -> list[CheckRun]:
    """Return the runs that compare every host with everything that is recorded of it."""
    groups: dict[str, list[Resource]] = {}
    for resource in state.of_type(HOST_RUN):
        inputs = resource.inputs
        same = json.dumps(
            [inputs["playbook"], inputs.get("playbookDirectory"), _compared(inputs)], sort_keys=True, default=str
        )
        groups.setdefault(same, []).append(resource)
    secrets = sorted({text for item in state.state.resources for text in secret_texts(item.inputs) if text})
    return [_check_run(group, secrets, timeout_seconds) for group in groups.values()]


def _compared(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {**(inputs.get("variables") or {}), **(inputs.get("secretVariables") or {})}


def _check_run(group: list[Resource], secrets: list[str], timeout_seconds: float) -> CheckRun:
    inputs = group[0].inputs
    request = {
        "playbook": inputs["playbook"],
        "directory": str((REPOSITORY / (inputs.get("playbookDirectory") or "playbooks")).resolve()),
        "machines": [machine for resource in group for machine in resource.inputs["hosts"]],
        "private_key": inputs["sshPrivateKey"],
        # Those that expire are asked for by the roles, and of no use in a check run.
        "variables": {**(inputs.get("volatileSecretVariables") or {}), **_compared(inputs)},
        "secret_values": secrets,
        "check": True,
        "forks": FORKS,
        "timeout_seconds": int(timeout_seconds),
        "ssh_seconds": SSH_SECONDS,
        "tolerate_unreachable": True,
        "details": True,
    }
    urns = {machine["name"]: resource.urn for resource in group for machine in resource.inputs["hosts"]}
    return CheckRun(inputs["playbook"], urns, request)


async def run_all(runs: list[CheckRun], parallel: int) -> list[Outcome]:
    """Run them, some at a time: every one keeps a core busy."""
    few = asyncio.Semaphore(parallel)

    async def one(run: CheckRun) -> Outcome:
        async with few:
            return await _run(run)

    return list(await asyncio.gather(*(one(run) for run in runs)))


async def _run(run: CheckRun) -> Outcome:
    environment = {key: value for key, value in os.environ.items() if key in INHERITED}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", RUNNER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "C.UTF-8"},
        limit=LINE_LIMIT_BYTES,
    )
    try:
        output, errors = await process.communicate(json.dumps(run.request).encode())
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    for line in output.splitlines():
        message = json.loads(line)
        if "outcome" in message:
            return _outcome(run, message["outcome"])
    reason = errors.decode(errors="replace").strip().rpartition("\n")[2] or "no message"
    return Outcome(run, [], [], {}, f"the check run ended with {process.returncode}: {reason}")


def _outcome(run: CheckRun, fields: dict[str, Any]) -> Outcome:
    problem = ""
    if fields["timed_out"]:
        problem = f"not done within {run.request['timeout_seconds']} s"
    elif not fields["successful"] and not fields["failures"] and not fields["unreachable"]:
        problem = fields["output_tail"].strip() or "Ansible ended before any task"
    return Outcome(run, fields["changes"], fields["failures"], fields["unreachable"], problem)
