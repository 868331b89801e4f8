"""One environment for the end-to-end tests: its file, the `slipway` command, and looks from outside.

It holds no expectations; those are the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from toolchain.lookup import executable

ROOT = Path(__file__).resolve().parents[2]
NAME = "e2e"
PORTS = {"http": 18080, "https": 18443, "apiServer": 16443, "registry": 15443}
PUBLIC_NAME = "catalogue-e2e.localhost"
SLIPWAY = Path(sys.executable).parent / "slipway"
UP_TIMEOUT_SECONDS = 1500


@dataclass
class EndToEnd:
    """The environment `e2e`, whose file exists only while the tests run; or another one that runs already."""

    general_name: str = "general"
    general_size: int = 2
    control_planes: int = 1
    name: str = NAME
    file: Path = field(default=ROOT / "environments" / f"Pulumi.{NAME}.yaml")

    def write_file(self) -> None:
        """Write the environment file."""
        pools = [
            {"name": self.general_name, "size": self.general_size, "cpu": 1, "memoryMib": 1536},
            {
                "name": "database",
                "size": 1,
                "cpu": 2,
                "memoryMib": 2048,
                "taints": ["dedicated=database:NoSchedule"],
            },
        ]
        keys = {
            "place": "containers",
            "network": "172.31.241.0/24",
            "publicName": PUBLIC_NAME,
            "ports": PORTS,
            "controlPlane": {"count": self.control_planes},
            "pools": pools,
        }
        self.file.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in keys.items()}}))

    def slipway(self, *arguments: str, timeout: float = UP_TIMEOUT_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run `slipway` as a user would; its progress goes to the test's output."""
        return subprocess.run(
            [str(SLIPWAY), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=timeout, check=False
        )

    def up(self) -> dict[str, Any]:
        """Run `slipway up` and return its summary."""
        done = self.slipway("up", self.name, "--json")
        assert done.returncode == 0, done.stdout
        summary: dict[str, Any] = json.loads(done.stdout)
        return summary

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included."""
        variables = self.slipway("env", self.name).stdout
        script = f"{variables}\npulumi stack output --json --show-secrets --stack {self.name}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        outputs: dict[str, Any] = json.loads(done.stdout)
        return outputs

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl against the environment and return what it prints."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as kubeconfig:
            os.fchmod(kubeconfig.fileno(), 0o600)
            kubeconfig.write(self.outputs["kubeconfig"])
            kubeconfig.flush()
            done = subprocess.run(
                [str(executable("kubectl")), f"--kubeconfig={kubeconfig.name}", *arguments],
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
            )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def nodes(self) -> dict[str, str]:
        """Return the status of every node's Ready condition, by name."""
        listed = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {
            node["metadata"]["name"]: next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready")
            for node in listed
        }

    def pods(self, tier: str) -> list[str]:
        """Return the names of a tier's running pods."""
        listed = json.loads(self.kubectl("-n", "catalogue", "get", "pods", "-o", "json", *_selector(tier)))["items"]
        return [pod["metadata"]["name"] for pod in listed if pod["status"]["phase"] == "Running"]


def _selector(tier: str) -> tuple[str, str]:
    return ("-l", f"app.kubernetes.io/name={tier}")


def owned() -> list[str]:
    """Return every object in the container engine that carries the environment's label."""
    found = []
    for kind in (("ps", "-a"), ("network", "ls"), ("volume", "ls"), ("images",)):
        label = f"label=io.slipway.environment={NAME}"
        done = subprocess.run(
            ["docker", *kind, "--filter", label, "--format", "{{json .}}"], capture_output=True, text=True, check=True
        )
        found += done.stdout.splitlines()
    return found
