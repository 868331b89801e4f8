"""An environment in the emulated AWS: its file, looks at its machines, and what the tests do to the cloud around it.

It holds no expectations; those are the tests.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import yaml

from tests.e2e.environment import EndToEnd
from tests.emulator.conftest import CIDR, ENVIRONMENT, REGION, Cloud
from toolchain.emulator import presence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator import listing

NAME = "incloud"
ETCD_PKI = "/etc/kubernetes/pki/etcd"
ETCD_LOGIN = [
    "--cacert", f"{ETCD_PKI}/ca.crt", "--cert", f"{ETCD_PKI}/healthcheck-client.crt",
    "--key", f"{ETCD_PKI}/healthcheck-client.key",
]  # fmt: skip
ADDRESS_SECONDS = 60.0


@dataclass
class InCloud(EndToEnd):
    """The environment, and what there was before it."""

    name: str = NAME
    cloud: Cloud = field(kw_only=True)
    in_account: listing.Listing = field(default_factory=dict)
    in_engine: dict[str, set[str]] = field(default_factory=dict)

    def write_file(self) -> None:
        """Write its file, as that of `aws-emulated`, with some spare capacity."""
        kind = {"instanceType": "t3.medium"}
        keys = {
            "place": "aws",
            "aws": {
                "region": REGION,
                "adminCidrs": [CIDR],
                "image": {"owner": "self", "name": "debian-12-amd64-*"},
                "hostedZone": "example.test",
                "emulator": {"network": CIDR, "port": 4566, "registryPort": self.cloud.registry_port},
            },
            "publicName": f"{NAME}.example.test",
            "controlPlane": {"count": self.control_planes, **kind},
            "pools": [
                {
                    "name": self.general_name,
                    "size": self.general_size,
                    "cpu": 1,
                    "memoryMib": 1536,
                    "spot": True,
                    **kind,
                },
                {"name": "database", "size": 1, "cpu": 2, "memoryMib": 2048, **kind},
            ],
        }
        self.file.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in keys.items()}}))

    def instances(self, *more_states: str) -> dict[str, str]:
        """Return the ids of its machines that run, or are in one of more states, by name."""
        wanted = [
            {"Name": "tag:slipway:environment", "Values": [NAME]},
            {"Name": "instance-state-name", "Values": ["running", *more_states]},
        ]
        reservations = self.cloud.client("ec2").describe_instances(Filters=wanted)["Reservations"]
        machines = [machine for reservation in reservations for machine in reservation["Instances"]]
        names = [next(tag["Value"] for tag in machine["Tags"] if tag["Key"] == "Name") for machine in machines]
        return {
            name.removeprefix(f"slipway-{NAME}-"): machine["InstanceId"]
            for name, machine in zip(names, machines, strict=True)
        }

    def etcd_members(self, asked: str) -> dict[str, str]:
        """Return where the members of etcd answer each other, by name, as one of them knows it."""
        machine = docker.from_env().containers.get(f"slipway-{ENVIRONMENT}-{self.instances()[asked]}")
        done = machine.exec_run(
            ["curl", "-sS", *ETCD_LOGIN, "-d", "{}", "https://127.0.0.1:2379/v3/cluster/member/list"]
        )
        assert done.exit_code == 0, done.output
        return {member["name"]: ",".join(member["peerURLs"]) for member in json.loads(done.output)["members"]}

    def described(self, machine: str) -> dict[str, Any]:
        """Return what AWS tells of a machine."""
        asked = self.cloud.client("ec2").describe_instances(InstanceIds=[self.instances()[machine]])
        return dict(asked["Reservations"][0]["Instances"][0])

    def template(self, machine: str) -> dict[str, Any]:
        """Return what a machine's successor would be launched with."""
        ec2 = self.cloud.client("ec2")
        names = [each["LaunchTemplateName"] for each in ec2.describe_launch_templates()["LaunchTemplates"]]
        name = next(each for each in names if each.startswith(f"slipway-{NAME}-{machine}-"))
        told = ec2.describe_launch_template_versions(LaunchTemplateName=name, Versions=["$Default"])
        return dict(told["LaunchTemplateVersions"][0]["LaunchTemplateData"])


@contextmanager
def taken(address: str) -> Iterator[None]:
    """Let nobody else have an address of the cloud's network, as in AWS, where the next machine gets another one."""
    engine, settings = docker.from_env(timeout=120), presence.running(ENVIRONMENT)
    assert settings is not None
    endpoint = {settings.network: engine.api.create_endpoint_config(ipv4_address=address)}
    deadline = time.monotonic() + ADDRESS_SECONDS
    while True:
        taking = engine.containers.create(
            settings.machine_image, entrypoint=["sleep", "infinity"], network=settings.network,
            networking_config=endpoint, stop_signal="SIGKILL", labels=settings.labels,
        )  # fmt: skip
        try:
            taking.start()
            break
        except docker.errors.APIError:  # the terminated machine is still going
            taking.remove(force=True)
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
    try:
        yield
    finally:
        taking.remove(force=True)


@contextmanager
def newer_image(cloud: Cloud) -> Iterator[str]:
    """Publish the machine image once more, under a later date."""
    ec2, settings = cloud.client("ec2"), presence.running(ENVIRONMENT)
    assert settings is not None
    image: str = ec2.register_image(
        Name="debian-12-amd64-later", Architecture="x86_64", ImageLocation=settings.machine_image
    )["ImageId"]
    try:
        yield image
    finally:
        ec2.deregister_image(ImageId=image)
