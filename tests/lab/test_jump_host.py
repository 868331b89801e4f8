"""What logs in goes through a jump host where there is one: the look before, the first login, Ansible, health."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from operations import secure_shell
from operations.health.outputs import Machine
from plugins.rpc.resource import Context
from plugins.slipway.resources.host_access import HostAccessResource
from plugins.slipway.resources.ssh_key import new_key_pair
from tests.e2e.environment import ROOT, EndToEnd
from tests.lab.rack import USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.rack import Rack

HOSTS = {"jump-host": "load-balancer", "behind": "load-balancer", "control": "control-plane", "data": "database"}


@pytest.fixture
def hosts(rack: Rack) -> Iterator[dict[str, dict[str, str]]]:
    """Hosts that let in nobody but the jump host, by name."""
    try:
        made = {host["name"]: host for host in rack.make(HOSTS)}
        allowed = f"AllowUsers *@{made['jump-host']['address']}"
        for name in list(HOSTS)[1:]:
            rack.shell(name, f"echo '{allowed}' > /etc/ssh/sshd_config.d/jump.conf; systemctl reload ssh")
        yield made
    finally:
        rack.remove()


def test_preflight_looks_through_it(rack: Rack, hosts: dict[str, dict[str, str]]) -> None:
    wanted = EndToEnd(name="jump", file=ROOT / "environments" / "Pulumi.jump.yaml")
    jump, *behind = hosts.values()
    login: dict[str, Any] = {"user": USER, "keyFile": str(rack.key_file)}
    pools = [{"name": "database", "cpu": 2, "memoryMib": 2048}]
    try:
        wanted.file.write_text(rack.settings(behind, ssh=login, pools=pools))
        direct = json.loads(wanted.slipway("preflight", "jump", "--json").stdout)
        through = {key: jump[key] for key in ("address", "hostKey")}
        wanted.file.write_text(rack.settings(behind, ssh={**login, "jump": through}, pools=pools))
        report = json.loads(wanted.slipway("preflight", "jump", "--json").stdout)
    finally:
        wanted.file.unlink()

    assert {finding["check"] for finding in direct["findings"]} == {"login"}
    assert {finding["host"] for finding in report["findings"]} == {"behind", "control", "data"}
    assert [finding for finding in report["findings"] if finding["status"] == "error"] == []


async def test_the_account_is_made_and_used_and_removed_through_it(
    rack: Rack, hosts: dict[str, dict[str, str]]
) -> None:
    private, public = new_key_pair()
    jump = {**hosts["jump-host"], "user": USER, "keyFile": str(rack.key_file)}
    way = {key: jump[key] for key in ("address", "hostKey", "user", "keyFile")}
    host = hosts["behind"]
    inputs = {
        "address": host["address"], "hostKey": host["hostKey"], "user": USER, "keyFile": str(rack.key_file),
        "account": "slipway", "authorizedKey": public, "jump": way,
    }  # fmt: skip
    machine = {**host, "roles": ["load-balancer"], "user": "slipway", "jump": way}

    access = HostAccessResource()
    made = await access.create(Context(), inputs)
    outcome = _check_run(machine, private)
    seen = Machine.model_validate(machine)
    async with await secure_shell.connect(seen, private) as connection:
        name = str((await connection.run("hostname", check=True)).stdout).strip()
    await access.delete(Context(), made.id, inputs, made.outputs)

    assert made.outputs["machineId"] == rack.shell("behind", "cat /etc/machine-id")[:32]
    assert outcome["successful"], outcome
    assert name == "behind"
    assert rack.shell("behind", "ls /home /etc/sudoers.d").split() == [
        "/etc/sudoers.d:", "README", "rack", "/home:", "rack",
    ]  # fmt: skip


def _check_run(machine: dict[str, Any], private_key: str) -> dict[str, Any]:
    """Run a playbook without changing anything, as the plugin does, and return the outcome."""
    request = {
        "playbook": "reset.yml",
        "directory": str(ROOT / "playbooks"),
        "machines": [machine],
        "private_key": private_key,
        "check": True,
    }
    command = [sys.executable, "-m", "plugins.slipway.ansible"]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True, cwd=ROOT)
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome.get("outcome", outcome)  # type: ignore[no-any-return]
