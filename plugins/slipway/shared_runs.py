"""Lets Ansible runs that are alike but for their machines share one process.

Starting Ansible costs more processor time than most of its runs: five machines prepared at once pay it once. Which runs
may share is the program's decision; this only brings them together.
"""

import asyncio
import json
from dataclasses import dataclass, field, replace

from plugins.rpc.resource import Context
from plugins.slipway.ansible.run_outcome import RunOutcome
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.ansible_launcher import AnsibleLauncher
from plugins.slipway.latest_status import LatestStatus

WINDOW_SECONDS = 0.25
"""How long the first run waits for others; resources that waited for the same thing are asked for within a few ms."""


@dataclass
class _Shared:
    """The members of one process, by the names of their machines."""

    requests: list[RunRequest] = field(default_factory=list)
    statuses: dict[str, LatestStatus] = field(default_factory=dict)
    run: asyncio.Task[RunOutcome] | None = None

    def has_room_for(self, request: RunRequest) -> bool:
        """Whether none of the machines is already in it."""
        return not any(machine["name"] in self.statuses for machine in request.machines)

    def request(self) -> RunRequest:
        """Return one request for all; a machine that does not answer must not hold up the others."""
        machines = [machine for each in self.requests for machine in each.machines]
        secrets = sorted({text for each in self.requests for text in each.secret_values})
        alone = len(self.requests) == 1
        tolerate = self.requests[0].tolerate_unreachable if alone else True
        return replace(self.requests[0], machines=machines, secret_values=secrets, tolerate_unreachable=tolerate)

    def show(self, host: str, text: str) -> None:
        """Pass progress on to the resource whose machine it is about."""
        if host in self.statuses:
            self.statuses[host].show(text)


class SharedRuns:
    """The runs that still wait for company."""

    def __init__(self, launcher: AnsibleLauncher, window_seconds: float = WINDOW_SECONDS) -> None:
        self._launcher = launcher
        self._window_seconds = window_seconds
        self._waiting: dict[str, _Shared] = {}

    async def run(self, ctx: Context, request: RunRequest) -> RunOutcome:
        """Run a playbook, with others of its kind, and return what it came to on this request's machines.

        Raises:
            ResourceFailed: the process ended without an outcome, as after Ctrl-C.
        """
        kind = _kind(request)
        shared = self._waiting.get(kind)
        if shared is None or not shared.has_room_for(request):
            shared = self._waiting[kind] = _Shared()
        status = LatestStatus(ctx)
        shared.requests.append(request)
        shared.statuses |= {machine["name"]: status for machine in request.machines}
        if shared.run is None:
            shared.run = asyncio.create_task(self._start(kind, shared))
        try:
            outcome = await asyncio.shield(shared.run)  # whoever is cancelled alone leaves the others running
        finally:
            status.close()
        return outcome.part({machine["name"] for machine in request.machines})

    async def _start(self, kind: str, shared: _Shared) -> RunOutcome:
        await asyncio.sleep(self._window_seconds)
        if self._waiting.get(kind) is shared:
            del self._waiting[kind]
        return await self._launcher.run(shared.request(), shared.show)


def _kind(request: RunRequest) -> str:
    """Return what runs must have in common; secrets that only have to be hidden may differ."""
    fields = json.loads(replace(request, machines=[], secret_values=[]).to_json())
    return json.dumps(fields, sort_keys=True)
