"""One emulated cloud for all tests, with addresses and ports of its own; gone afterwards, whatever happens."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from plugins.slipway.resources.ssh_key import new_key_pair
from toolchain.emulator import life, presence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT = "emulatortest"
CIDR = "172.31.244.0/24"
LOAD_BALANCER = "172.31.244.2"
REGION = "eu-central-1"
LOGIN_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cloud:
    """The emulated cloud and the ways into it."""

    status: life.CloudStatus
    registry_port: int
    directory: Path
    key: tuple[str, str]
    """Private and public."""

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes them up
        """Return a client of boto3."""
        return boto3.client(service)

    def subnet(self, zone: str = "a") -> str:
        """Make a network and return the id of a subnet in it."""
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.90.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.90.1.0/24", AvailabilityZone=f"{REGION}{zone}")
        return str(made["Subnet"]["SubnetId"])

    def user_data(self, name: str, **more: Any) -> tuple[str, str]:  # noqa: ANN401 - as YAML
        """Return user data and the host key it brings."""
        private, public = new_key_pair()
        config = {
            "hostname": name,
            "ssh_keys": {"ed25519_private": private, "ed25519_public": public},
            "users": [
                {"name": "slipway", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [self.key[1]]},
            ],
            **more,
        }
        return f"#cloud-config\n{json.dumps(config)}", public

    def ssh(self, address: str, host_key: str, command: str, user: str = "slipway") -> str:
        """Run a command on an instance, once it lets us in with the pinned host key."""
        known = self.directory / f"known-{address}"
        known.write_text(f"{address} {host_key}\n")
        identity = self.directory / "identity"
        identity.touch(mode=0o600)
        identity.write_text(self.key[0])
        options = ("-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=2")
        deadline = time.monotonic() + LOGIN_SECONDS
        while True:
            arguments = ["ssh", "-i", str(identity), "-o", "IdentitiesOnly=yes", *options, f"{user}@{address}", command]
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout
            if done.returncode != 255 or time.monotonic() > deadline:
                pytest.fail(f"{command}: {done.returncode}: {done.stderr}")
            time.sleep(0.3)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    patch = pytest.MonkeyPatch()
    patch.setenv("SLIPWAY_STATE", str(tmp_path_factory.mktemp("state")))
    registry_port = free_port()
    try:
        status = life.start(ENVIRONMENT, cidr=CIDR, port=4566, registry_port=registry_port, region=REGION)
        for name, value in presence.variables(ENVIRONMENT).items():
            patch.setenv(name, value)
        yield Cloud(status, registry_port, tmp_path_factory.mktemp("ssh"), new_key_pair())
    finally:
        life.stop(ENVIRONMENT)
        patch.undo()
