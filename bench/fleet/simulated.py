"""Workers that slipway finds in its state and can log in to, and that are nothing else: many fit on one computer.

What the state says of them is what it says of a real worker, under other names; were it not the same, the next update
would run playbooks on them, and fail.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bench.environment import ROOT
from plugins.slipway.resources.ssh_key import new_key_pair
from tests.container_machine import upload
from tests.lab.rack import USER

if TYPE_CHECKING:
    from tests.lab.on_rack import OnRack

STARTERS = 4
"""Containers that are started at once: more only wait for each other."""
NANOSECONDS = 1e9
ACCOUNT_SCRIPT = ROOT / "plugins/slipway/make_account.sh"
OF_A_WORKER = ("", "-access", "-prepare", "-join")
"""What follows the name of a worker in the names of its resources."""
START = """
mkdir -p /run/systemd/system /run/sshd /etc/slipway
touch /run/systemd/container
cp /root/registry /etc/slipway/hosts
exec /usr/sbin/sshd -D -o MaxStartups=100
"""


class Simulated:
    """The simulated workers of one environment, made after a real one."""

    def __init__(self, environment: OnRack, model: str) -> None:
        self._environment = environment
        self._model_name = model
        self._names: list[str] = []

    @property
    def _model(self) -> dict[str, str]:
        return next(host for host in self._environment.hosts if host["name"] == self._model_name)

    def processor_seconds(self) -> float:
        """Return what all of them have used since they were started."""
        api = self._environment.rack.engine.api
        names = [f"{self._environment.rack.network}-{name}" for name in self._names]
        with ThreadPoolExecutor(STARTERS) as pool:
            told = pool.map(lambda name: api.stats(name, stream=False, one_shot=True), names)
            return sum(each["cpu_stats"]["cpu_usage"]["total_usage"] for each in told) / NANOSECONDS

    def make(self, count: int) -> list[dict[str, str]]:
        """Start that many, write them into the state, and return them as entries of `slipway:hosts`."""
        state = self._export()
        key = next(found["outputs"] for found in _resources(state) if found["type"] == "slipway:index:SshKey")
        names = [f"simulated-{index:02}" for index in range(count)]
        with ThreadPoolExecutor(STARTERS) as pool:
            made = list(pool.map(lambda name: self._start(name, str(key["publicKey"])), names))
        self._names = names
        for entry, machine_id in made:
            _resources(state).extend(self._copies(state, entry, machine_id))
        self._import(state)
        return [entry for entry, _ in made]

    def forget(self) -> None:
        """Take them out of the state, where there are any; their containers go with the rack."""
        if not self._names:
            return
        state = self._export()
        own = {f"{name}{part}" for name in self._names for part in OF_A_WORKER}
        kept = [found for found in _resources(state) if found["urn"].rpartition("::")[2] not in own]
        for found in kept:  # the load balancers' list of workers comes after all of them
            needed = [urn for urn in found.get("dependencies", []) if urn.rpartition("::")[2] not in own]
            found["dependencies"] = needed
        state["deployment"]["resources"] = kept
        self._import(state)

    def _start(self, name: str, public_key: str) -> tuple[dict[str, str], str]:
        """Start an SSH server with the owner's user and slipway's account; return the host and its machine id."""
        rack = self._environment.rack
        private, public = new_key_pair()
        machine_id = secrets.token_hex(16)
        container = rack.engine.containers.create(
            rack.debian12(), name=f"{rack.network}-{name}", hostname=name, labels=rack.labels, network=rack.network,
            entrypoint=["sh", "-ec", START], tmpfs={"/run": "exec,mode=755"},
        )  # fmt: skip
        upload(container, "etc/ssh/ssh_host_ed25519_key", private)
        upload(container, "etc/machine-id", f"{machine_id}\n", 0o644)
        upload(container, "root/registry", f"0.0.0.0 registry.{self._environment.name}.slipway.internal\n", 0o644)
        authorized = rack.key_file.with_suffix(".pub").read_text()
        upload(container, f"home/{USER}/.ssh/authorized_keys", authorized, 0o644)
        container.start()
        container.reload()
        container.exec_run(["sh", "-ec", ACCOUNT_SCRIPT.read_text(), "sh", "slipway", public_key])
        address = container.attrs["NetworkSettings"]["Networks"][rack.network]["IPAddress"]
        return {"name": name, "address": address, "pool": self._model["pool"], "hostKey": public}, machine_id

    def _copies(self, state: dict[str, Any], entry: dict[str, str], machine_id: str) -> list[dict[str, Any]]:
        names = [f"{self._model['name']}{part}" for part in OF_A_WORKER]
        found = [each for each in _resources(state) if each["urn"].rpartition("::")[2] in names]
        model_id = next(each["outputs"]["machineId"] for each in found if "machineId" in each.get("outputs", {}))
        text = json.dumps(found)
        for former, new in (
            (self._model["name"], entry["name"]), (self._model["address"], entry["address"]),
            (self._model["hostKey"], entry["hostKey"]), (model_id, machine_id),
        ):  # fmt: skip
            text = re.sub(rf"(?<![\w.]){re.escape(former)}(?![\w.])", new, text)
        copies: list[dict[str, Any]] = json.loads(text)
        return copies

    def _export(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._pulumi("export"))
        return state

    def _import(self, state: dict[str, Any]) -> None:
        self._pulumi("import", json.dumps(state))

    def _pulumi(self, verb: str, stdin: str | None = None) -> str:
        name = self._environment.name
        script = f"{self._environment.slipway('env', name).stdout}\npulumi stack {verb} --stack {name}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, input=stdin, capture_output=True, text=True, check=True)
        return done.stdout


def _resources(state: dict[str, Any]) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = state["deployment"]["resources"]
    return resources
