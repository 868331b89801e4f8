"""Starts the process of one Ansible run and passes its progress on to the engine.

What the process does is in ``plugins.slipway.ansible``.
"""

import json
from collections.abc import Callable

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.ansible.run_outcome import RunOutcome
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.children import Children

MODULE = "plugins.slipway.ansible"


class AnsibleLauncher:
    """Runs requests, each in a process of its own: a fork of a gRPC server would be unsafe."""

    def __init__(self, children: Children) -> None:
        self._children = children

    async def run(self, request: RunRequest, on_progress: Callable[[str, str], None]) -> RunOutcome:
        """Run a playbook.

        Args:
            request: What to run where.
            on_progress: Called with a machine's name and a line about it.

        Raises:
            ResourceFailed: the process ended without an outcome, as after Ctrl-C.
        """
        outcome: RunOutcome | None = None

        async def take(line: bytes) -> None:
            nonlocal outcome
            message = json.loads(line)
            if "status" in message:
                on_progress(message["host"], message["status"])
            else:
                outcome = RunOutcome.from_fields(message["outcome"])

        code, errors = await self._children.run(MODULE, request.to_json(), take)
        if outcome is None:
            reason = errors.strip().rpartition("\n")[2] or "no message"
            raise ResourceFailed(
                f"Playbook {request.playbook}: the run was interrupted (exit code {code}: {reason}).\n"
                "Run the command again: playbooks finish what an interrupted run left."
            )
        return outcome
