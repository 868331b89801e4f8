"""An AnsibleRun to try out: the resource, the computer it runs against, and playbooks made of a few tasks.

It asserts nothing about runs; the tests do.
"""

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from plugins.rpc.resource import Context
from plugins.slipway.children import Children
from plugins.slipway.resources.ansible_run import AnsibleRunResource
from tests.plugins.slipway.ssh_server import SshServer

CANARY = "canary {{ 6 * 7 }} of the password"

WRITE = {
    "name": "Write",
    "ansible.builtin.copy": {"content": "{{ secret_text }}", "dest": "{{ target }}", "mode": "0600"},
}
REPORT = [
    {"name": "Report", "ansible.builtin.set_fact": {"slipway_result": {"token": "{{ secret_text }}"}}, "no_log": True},
    {"name": "Count", "ansible.builtin.set_stats": {"data": {"seen": "{{ machine.memory_mib }}"}, "per_host": True}},
]
FAIL = {
    "name": "Break",
    "ansible.builtin.command": {"argv": ["sh", "-c", 'echo "$1 oops" >&2; exit 3', "sh", "{{ secret_text }}"]},
}
WAIT = {"name": "Sleep", "ansible.builtin.command": "sleep 600"}


@dataclasses.dataclass
class Trial:
    """A resource, its server and its playbooks."""

    run: AnsibleRunResource
    children: Children
    box: SshServer
    directory: Path

    def playbook(self, name: str, *tasks: Any) -> None:  # noqa: ANN401
        """Write a playbook."""
        play = {"name": "Trial", "hosts": "all", "tasks": list(tasks)}
        (self.directory / name).write_text(yaml.safe_dump([play], sort_keys=False))

    async def inputs(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return checked inputs."""
        given = {
            "playbook": "main.yml",
            "playbookDirectory": str(self.directory),
            "digest": "sha256:1",
            "hosts": [self.box.machine(memoryMib=512, roles=["worker"])],
            "sshPrivateKey": self.box.private_key,
            "variables": {"target": str(self.directory / "target")},
            "secretVariables": {"secret_text": CANARY},
            **more,
        }
        result = await self.run.check(Context(), None, given)
        assert not result.failures
        return result.inputs
