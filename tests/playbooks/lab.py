"""A network with a real registry and real container machines, for the tests of the playbooks.

It deliberately knows no Pulumi: playbooks run through the same runner process that the plugin starts.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker

from plugins.slipway.oci_layout import Descriptor
from plugins.slipway.registry import Registry, RegistryAccess
from plugins.slipway.resources.password import bcrypt_hash, new_password
from plugins.slipway.resources.ssh_key import new_key_pair
from plugins.slipway.x509 import Issued, Subject, issue, new_authority
from tests.container_machine import host_settings, upload
from toolchain.images.engine import archive
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from docker.models.containers import Container

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
REGISTRY_NAME = "registry.playbooks.slipway.internal"
MACHINE_MEMORY_MIB, MACHINE_CPU = 1536, 1


@dataclass
class Lab:
    """Everything of one test run; all of it carries one label and goes away with ``remove``."""

    engine: docker.DockerClient
    name: str = field(default_factory=lambda: f"playbooks-{secrets.token_hex(3)}")
    authority: Issued = field(default_factory=lambda: new_authority("slipway playbook tests", 1))
    password: str = field(default_factory=lambda: new_password(24))
    keys: tuple[str, str] = field(default_factory=new_key_pair)
    registry_address: str = ""
    machines: list[Container] = field(default_factory=list)

    @property
    def labels(self) -> dict[str, str]:
        """What everything in the engine carries."""
        return {"io.slipway.project": "slipway", "io.slipway.environment": self.name}

    def start(self) -> None:
        """Make the network and the registry, and put the node's binaries into it."""
        network = self.engine.networks.create(f"slipway-{self.name}", labels=self.labels)
        network.reload()
        # The first container of a network gets the address after the engine's own.
        self.registry_address = str(ipaddress.IPv4Address(network.attrs["IPAM"]["Config"][0]["Gateway"]) + 1)
        registry = self.engine.containers.create(
            self._load("registry"),
            name=f"slipway-{self.name}-registry",
            network=f"slipway-{self.name}",
            labels=self.labels,
            volumes=["/var/lib/registry"],
            environment={
                "REGISTRY_AUTH": "htpasswd",
                "REGISTRY_AUTH_HTPASSWD_REALM": "slipway",
                "REGISTRY_AUTH_HTPASSWD_PATH": "/etc/registry/htpasswd",
                "REGISTRY_HTTP_TLS_CERTIFICATE": "/etc/registry/tls.crt",
                "REGISTRY_HTTP_TLS_KEY": "/etc/registry/tls.key",
            },
        )
        subject = Subject(common_name=REGISTRY_NAME, dns_names=[REGISTRY_NAME], ip_addresses=[self.registry_address])
        certificate = issue(subject, 1, self.authority.certificate_pem, self.authority.private_key_pem)
        upload(registry, "/etc/registry/tls.crt", certificate.certificate_pem)
        upload(registry, "/etc/registry/tls.key", certificate.private_key_pem)
        upload(registry, "/etc/registry/htpasswd", f"slipway:{bcrypt_hash(self.password)}\n")
        registry.start()
        assert _address(registry) == self.registry_address
        self.push("node-binaries")

    def push(self, *names: str) -> None:
        """Copy images from the cache into the registry."""
        asyncio.run(self._push(names))

    async def _push(self, names: tuple[str, ...]) -> None:
        address = f"{self.registry_address}:5000"
        access = RegistryAccess(address, REGISTRY_NAME, "slipway", self.password, self.authority.certificate_pem)
        async with Registry(access) as registry:
            for layout in map(image, names):
                manifest = layout.blob(layout.digest).read_bytes()
                fields = json.loads(manifest)
                for blob in map(Descriptor.of, [fields["config"], *fields["layers"]]):
                    await registry.push_blob(layout.repository, blob, layout.blob(blob.digest))
                await registry.push_manifest(layout.repository, layout.tag, fields["mediaType"], manifest)

    def machine(self, name: str, *roles: str) -> dict[str, Any]:
        """Boot a machine and return it in the shape that every place gives."""
        private, public = new_key_pair()
        created = self.engine.api.create_container(
            self._load("machine"),
            name=f"slipway-{self.name}-{name}",
            hostname=name,
            labels=self.labels,
            volumes=["/var"],
            environment={"container": "docker"},
            stop_signal="SIGRTMIN+3",
            host_config=host_settings(self.engine, f"slipway-{self.name}", MACHINE_MEMORY_MIB),
        )
        container = self.engine.containers.get(created["Id"])
        upload(container, "/etc/ssh/ssh_host_ed25519_key", private)
        upload(container, "/home/slipway/.ssh/authorized_keys", f"{self.keys[1]}\n", mode=0o644)
        self.machines.append(container)
        container.start()
        return {
            "name": name,
            "address": _address(container),
            "hostKey": public,
            "roles": list(roles),
            "pool": "general",
            "cpu": MACHINE_CPU,
            "memoryMib": MACHINE_MEMORY_MIB,
        }

    def shell(self, machine: dict[str, Any], script: str) -> str:
        """Run a shell script as root on a machine, past SSH, and return what it printed."""
        container = self.engine.containers.get(f"slipway-{self.name}-{machine['name']}")
        code, output = container.exec_run(["sh", "-ec", script])
        text = output.decode() if isinstance(output, bytes) else ""  # a stream only when asked for
        assert code == 0, text
        return text

    def variables(self) -> dict[str, Any]:
        """Variables of prepare.yml."""
        return {
            "registry_name": REGISTRY_NAME,
            "registry_port": 5000,
            "registry_address": self.registry_address,
            "registry_username": "slipway",
            "registry_password": self.password,
            "ca_certificate": self.authority.certificate_pem,
            "node_binaries_digest": image("node-binaries").layers[0].digest,
        }

    def play(
        self,
        playbook: str,
        machines: list[dict[str, Any]],
        *,
        check: bool = False,
        **more: Any,  # noqa: ANN401 - variables of playbooks are of any type
    ) -> dict[str, Any]:
        """Run a playbook as the plugin does, and return the outcome."""
        request = {
            "playbook": playbook,
            "directory": str(PLAYBOOKS),
            "machines": machines,
            "private_key": self.keys[0],
            "variables": {**self.variables(), **more},
            "check": check,
        }
        command = [sys.executable, "-m", "plugins.slipway.ansible"]
        done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["outcome"]
        return outcome

    def remove_machines(self) -> None:
        """Remove the machines that were booted so far; network and registry stay."""
        while self.machines:
            self.machines.pop().remove(force=True, v=True)

    def remove(self) -> None:
        """Remove everything that carries the label."""
        wanted: dict[str, str | list[str] | bool] = {"label": f"io.slipway.environment={self.name}"}
        for container in self.engine.containers.list(all=True, filters=wanted):
            container.remove(force=True, v=True)
        for network in self.engine.networks.list(filters=wanted):
            network.remove()

    def _load(self, name: str) -> str:
        layout = image(name)
        try:
            self.engine.images.get(layout.config_digest)
        except docker.errors.ImageNotFound:
            # the engine's client streams an iterator, which its type stubs do not know
            self.engine.images.load(archive(layout))  # type: ignore[arg-type]
        return layout.config_digest


def changes(outcome: dict[str, Any]) -> int:
    """How many tasks changed something."""
    return sum(counts.get("changed", 0) for counts in outcome["stats"].values())


def _address(container: Container) -> str:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"]
    return str(next(iter(networks.values()))["IPAddress"])


def told(outcome: dict[str, Any]) -> str:
    """Return a run's failures in full: an assertion would shorten them where they become interesting."""
    return "\n".join(f"{key}: {value}" for failure in outcome["failures"] for key, value in failure.items())
