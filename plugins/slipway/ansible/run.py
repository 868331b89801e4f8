"""Runs one request with ansible-runner and returns its outcome.

It is meant for a process of its own: it may be ended by a signal at any time, and cleans up then, too.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from plugins.slipway.ansible.private_directory import PrivateDirectory, private_directory
from plugins.slipway.ansible.process_tree import end_descendants
from plugins.slipway.ansible.redaction import Redaction
from plugins.slipway.ansible.run_events import RunEvents
from plugins.slipway.ansible.run_outcome import RunOutcome
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.ansible.ssh_readiness import Patience, wait_for_ssh


def run(request: RunRequest, on_progress: Callable[[str, str], None]) -> RunOutcome:
    """Wait for SSH, run the playbook, and return what it came to."""
    with private_directory(request) as directory:
        try:
            unreachable: dict[str, str] = {}
            if not request.without_hosts:
                patience = Patience(request.ssh_seconds, request.silence_seconds)
                waiting = wait_for_ssh(directory, request.machines, patience, request.forks, on_progress)
                unreachable = asyncio.run(waiting)
            outcome = RunOutcome(unreachable=unreachable)
            reachable = [machine for machine in request.machines if machine["name"] not in unreachable]
            if reachable and (not unreachable or request.tolerate_unreachable):
                _play(replace(request, machines=reachable), directory, outcome, on_progress)
            return outcome
        finally:
            end_descendants()


def _play(
    request: RunRequest, directory: PrivateDirectory, outcome: RunOutcome, on_progress: Callable[[str, str], None]
) -> None:
    import ansible_runner  # noqa: PLC0415 - takes 0.1 s that a run which finds no host need not spend

    redaction = Redaction([*request.secret_values, request.private_key])
    events = RunEvents(outcome, redaction, on_progress, details=request.details)
    runner = ansible_runner.run(
        private_data_dir=str(directory.path),
        project_dir=request.directory,
        playbook=str(Path(request.directory) / request.playbook),
        limit=":".join(machine["name"] for machine in request.machines) if outcome.unreachable else None,
        inventory=str(directory.path / "hosts.json"),
        envvars=_environment(directory),
        cmdline="--check --diff" if request.check else None,
        event_handler=events,
        # Without this it would replace our signal handlers, which clean up, by its own.
        cancel_callback=lambda: False,
        timeout=request.timeout_seconds,
        quiet=True,
        suppress_env_files=True,
        settings={"suppress_ansible_output": True, "suppress_output_file": True, "pexpect_timeout": 1},
    )
    outcome.timed_out = runner.status == "timeout"
    outcome.successful = runner.status == "successful"
    _take_results(directory, outcome)
    events.finish()


def _environment(directory: PrivateDirectory) -> dict[str, str]:
    """Return what Ansible gets besides PATH and HOME; its programs are those beside our own Python."""
    return {
        "ANSIBLE_CONFIG": str(directory.configuration),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
        "SLIPWAY_RESULTS_FILE": str(directory.results),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": "",
    }


def _take_results(directory: PrivateDirectory, outcome: RunOutcome) -> None:
    if directory.results.exists():
        results = json.loads(directory.results.read_text(encoding="utf-8"))
        outcome.run_result = results["run"]
        outcome.results = results["hosts"]
