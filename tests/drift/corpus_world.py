"""One running environment, and the people who change it behind Pulumi's back: with kubectl, over SSH, by the engine.

It holds no expectations; those are the cases in corpus/.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from plugins.slipway.resources.ssh_key import new_key_pair
from toolchain.lookup import executable

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = Path(sys.executable).parent / "slipway"
PEOPLE = ("alice", "bob")
ADMIN = "kubernetes-admin"
PORTS = {"http": 29180, "https": 29543, "apiServer": 27543, "registry": 26643}
POOLS = [
    {"name": "general", "size": 2, "cpu": 1, "memoryMib": 1536},
    {"name": "database", "size": 1, "cpu": 2, "memoryMib": 2048, "taints": ["dedicated=database:NoSchedule"]},
]
PRELUDE = """
set -euo pipefail
k() { local user=$1; shift; "$KUBECTL" --kubeconfig "$WORK/$user.kubeconfig" "$@"; }
on() {
    local user=$1 host=$2 command=$3
    if [ "$user" = engine ]; then docker exec "slipway-$NAME-$host" sh -c "$command"; return; fi
    ssh -F none -i "$WORK/$user.key" -o IdentitiesOnly=yes -o UserKnownHostsFile="$WORK/known_hosts" \\
        -o LogLevel=ERROR \\
        "$user@$(awk -v host="$host" '$1 == host { print $2 }' "$WORK/addresses")" "sudo sh -c $(printf %q "$command")"
}
"""


@dataclass
class CorpusWorld:
    """The environment and everything that its people need, in a private directory."""

    work: Path
    name: str = field(default_factory=lambda: os.environ.get("SLIPWAY_DRIFT_ENVIRONMENT", "drift"))

    @property
    def is_borrowed(self) -> bool:
        """Whether somebody else brought the environment up, who wants to keep it."""
        return "SLIPWAY_DRIFT_ENVIRONMENT" in os.environ

    @property
    def file(self) -> Path:
        """The environment's file."""
        return ROOT / f"environments/Pulumi.{self.name}.yaml"

    def start(self) -> None:
        """Bring the environment up, where it is not borrowed, and let people in."""
        if not self.is_borrowed:
            keys = {
                "place": "containers", "network": "172.31.152.0/24", "publicName": "catalogue-drift.localhost",
                "ports": PORTS, "pools": POOLS,
                # Never by itself: the test starts it when it wants to.
                "drift": {"watch": True, "schedule": "0 0 31 2 *"},
            }  # fmt: skip
            self.file.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in keys.items()}}))
            done = self.slipway("up", self.name, "--json")
            assert done.returncode == 0, done.stdout
        self._private("slipway.key", self.outputs["ssh"]["privateKey"])
        self._private(f"{ADMIN}.kubeconfig", self.outputs["kubeconfig"])
        nodes = self.outputs["nodes"]
        known = "".join(f"{node['address']} {' '.join(node['hostKey'].split()[:2])}\n" for node in nodes)
        self._private("known_hosts", known)
        self._private("addresses", "".join(f"{node['name']} {node['address']}\n" for node in nodes))
        for person in PEOPLE:
            self._let_in(person)

    def stop(self) -> None:
        """Take away what was brought up."""
        if not self.is_borrowed:
            self.slipway("destroy", self.name, "--yes")
            self.file.unlink(missing_ok=True)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included."""
        variables = self.slipway("env", self.name).stdout
        script = f"{variables}\npulumi stack output --json --show-secrets --stack {self.name}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        outputs: dict[str, Any] = json.loads(done.stdout)
        return outputs

    def slipway(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `slipway` as a user would; its progress goes to the test's output."""
        return subprocess.run([str(SLIPWAY), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)

    def shell(self, script: str) -> None:
        """Run commands of a case."""
        variables = {
            "NAME": self.name,
            "WORK": str(self.work),
            "KUBECTL": str(executable("kubectl")),
            "IMAGE": self._machine_image,
        }
        done = subprocess.run(
            ["bash", "-c", f"{PRELUDE}\n{script}"],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"

    def kubectl(self, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run kubectl as one of the people."""
        kubeconfig = f"--kubeconfig={self.work / user}.kubeconfig"
        return subprocess.run(
            [str(executable("kubectl")), kubeconfig, *arguments], capture_output=True, text=True, check=False
        )

    @cached_property
    def _machine_image(self) -> str:
        inspect = ["docker", "inspect", "--format", "{{.Image}}", f"slipway-{self.name}-general-0"]
        return subprocess.run(inspect, capture_output=True, text=True, check=True).stdout.strip()

    def _private(self, name: str, content: str) -> None:
        path = self.work / name
        path.touch(mode=0o600)
        path.write_text(content)

    def _let_in(self, person: str) -> None:
        """Give somebody an account on every machine, and a certificate for the cluster as an administrator."""
        private, public = new_key_pair()
        self._private(f"{person}.key", private)
        account = (
            f"id {person} 2>/dev/null || useradd --create-home --shell /bin/bash {person}; "
            f"install -d -o {person} -m 700 /home/{person}/.ssh; "
            f"echo '{public}' > /home/{person}/.ssh/authorized_keys; "
            f"grep -q '^{person} ' /etc/sudoers || echo '{person} ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers"
        )
        for node in self.outputs["nodes"]:
            subprocess.run(
                ["docker", "exec", f"slipway-{self.name}-{node['name']}", "sh", "-c", account],
                check=True,
                capture_output=True,
            )
        kubeadm = ["kubeadm", "kubeconfig", "user", "--client-name", person, "--org", "system:masters"]
        made = subprocess.run(
            ["docker", "exec", f"slipway-{self.name}-control-plane-0", *kubeadm],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        document = yaml.safe_load(made)
        document["clusters"][0]["cluster"]["server"] = self.outputs["endpoints"]["apiServer"]
        self._private(f"{person}.kubeconfig", yaml.safe_dump(document))
