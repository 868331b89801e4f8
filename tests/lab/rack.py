"""A rack of hosts for trying the place `ssh`: containers that boot systemd and sshd, made past Pulumi and slipway.

They are as their owner would hand them over: a user with sudo and a key, host keys of their own, nothing of slipway's.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import yaml
from docker.types import IPAMConfig, IPAMPool

from plugins.slipway.resources.ssh_key import new_key_pair
from tests.container_machine import host_settings, upload
from tests.lab.debian13 import base_image
from toolchain.images.engine import archive
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.models.containers import Container

FOLDER = Path(__file__).parent
MACHINE_RECIPE = FOLDER.parents[1] / "images" / "machine"
USER = "rack"
PROJECT_LABEL, LAB_LABEL = "io.slipway.project", "io.slipway.lab"
POOLS = {"load-balancer": (1, 512), "control-plane": (2, 2048), "general": (1, 1536), "database": (2, 2048)}
"""Cores and MiB of a host of each pool."""


@dataclass(frozen=True)
class Rack:
    """All hosts of one lab; everything carries the label `io.slipway.lab=<name>`."""

    engine: docker.DockerClient
    name: str
    directory: Path
    """Holds the owner's private key, `rack_key`."""
    subnet: str = "172.31.245.0/24"
    debian13: frozenset[str] = frozenset()
    """Names of hosts that have Debian 13; the others have Debian 12."""

    @property
    def labels(self) -> dict[str, str]:
        """What everything in the engine carries."""
        return {PROJECT_LABEL: "lab", LAB_LABEL: self.name}

    @property
    def gateway(self) -> str:
        """The address of the network that the engine itself has."""
        return str(ipaddress.IPv4Network(self.subnet)[1])

    @property
    def key_file(self) -> Path:
        """The owner's private key."""
        return self.directory / "rack_key"

    def make(self, hosts: Mapping[str, str]) -> list[dict[str, str]]:
        """Make the network and hosts (name -> pool) and return them as entries of `slipway:hosts`."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        private, public = new_key_pair()
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(private)
        self.key_file.with_suffix(".pub").write_text(public)
        pool = IPAMPool(subnet=self.subnet)
        # Internal: hosts of a rack need no internet, so these have none.
        self.engine.networks.create(
            self.network, labels=self.labels, internal=True, ipam=IPAMConfig(pool_configs=[pool])
        )
        made = [self.add(name, pool) for name, pool in hosts.items()]
        for name in hosts:
            self.await_ssh(name)
        return made

    def add(self, name: str, pool: str) -> dict[str, str]:
        """Boot one host and return its entry of `slipway:hosts`."""
        cpu, memory_mib = POOLS[pool]
        private, public = new_key_pair()
        created = self.engine.api.create_container(
            self._debian13() if name in self.debian13 else self.debian12(),
            name=f"{self.network}-{name}",
            hostname=name,
            labels=self.labels,
            volumes=["/var"],
            environment={"container": "docker"},
            stop_signal="SIGRTMIN+3",
            host_config=host_settings(self.engine, self.network, memory_mib, cpu),
        )
        container = self.engine.containers.get(created["Id"])
        upload(container, "etc/ssh/ssh_host_ed25519_key", private)
        upload(container, f"home/{USER}/.ssh/authorized_keys", self.key_file.with_suffix(".pub").read_text(), 0o644)
        container.start()
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"][self.network]["IPAddress"]
        return {"name": name, "address": address, "pool": pool, "hostKey": public}

    def boot(self, name: str) -> None:
        """Start a host that was switched off."""
        self.host(name).start()
        self.await_ssh(name)

    def await_ssh(self, name: str) -> None:
        """Wait until a host takes logins."""
        self.shell(name, "for _ in $(seq 200); do systemctl --quiet is-active ssh && exit; sleep 0.1; done; exit 1")

    def host(self, name: str) -> Container:
        """Return the container of a host."""
        return self.engine.containers.get(f"{self.network}-{name}")

    def shell(self, name: str, script: str) -> str:
        """Run a shell script as root on a host, past SSH, and return what it printed."""
        code, output = self.host(name).exec_run(["sh", "-ec", script])
        text = output.decode() if isinstance(output, bytes) else ""  # a stream only when asked for
        assert code == 0, text
        return text

    def settings(self, hosts: list[dict[str, str]], **more: Any) -> str:  # noqa: ANN401 - keys of the file
        """Return an environment file for these hosts."""
        pools = [
            {"name": "general", "cpu": 1, "memoryMib": 1536},
            {"name": "database", "cpu": 2, "memoryMib": 2048, "taints": ["dedicated=database:NoSchedule"]},
        ]
        keys = {
            "place": "ssh",
            "ssh": {"user": USER, "keyFile": str(self.key_file)},
            "loadBalancer": {"memoryMib": POOLS["load-balancer"][1]},
            "pools": pools,
            "hosts": hosts,
            **more,
        }
        return yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in keys.items()}}, sort_keys=False)

    def remove(self) -> None:
        """Remove everything that carries the label; nothing there is a success."""
        wanted: dict[str, str | list[str] | bool] = {"label": f"{LAB_LABEL}={self.name}"}
        for container in self.engine.containers.list(all=True, filters=wanted):
            container.remove(force=True, v=True)
        for network in self.engine.networks.list(filters=wanted):
            network.remove()
        for built in self.engine.images.list(filters=wanted):
            self.engine.images.remove(str(built.id), force=True)
        for file in (self.key_file, self.key_file.with_suffix(".pub")):
            file.unlink(missing_ok=True)

    @property
    def network(self) -> str:
        """The name of the hosts' network in the engine."""
        return f"lab-{self.name}"

    def _debian13(self) -> str:
        dockerfile = str(FOLDER / "Dockerfile.debian13")
        return self._built(str(MACHINE_RECIPE), dockerfile, {"BASE": base_image(self.engine)})

    def debian12(self) -> str:
        """Return the image of a host with Debian 12, built when it is not there."""
        layout = image("machine")
        try:
            self.engine.images.get(layout.config_digest)
        except docker.errors.ImageNotFound:
            # the engine's client streams an iterator, which its type stubs do not know
            self.engine.images.load(archive(layout, "slipway-lab/machine:debian12"))  # type: ignore[arg-type]
        return self._built(str(FOLDER), "Dockerfile", {"MACHINE": layout.config_digest})

    def _built(self, context: str, dockerfile: str, arguments: dict[str, str]) -> str:
        built, _ = self.engine.images.build(
            path=context, dockerfile=dockerfile, buildargs=arguments, labels=self.labels, rm=True
        )
        return str(built.id)
