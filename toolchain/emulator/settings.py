"""What one emulated cloud is told when it starts: the one value that both sides of the process border share.

It deliberately needs the standard library alone, as the cloud runs with ministack's packages and not with slipway's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network
from pathlib import Path

from toolchain import labels


@dataclass(frozen=True)
class CloudSettings:
    """One emulated cloud; a cloud that runs is known by the file that these are written to."""

    environment: str
    cidr: str
    """Addresses of the network that instances and load balancers are on."""
    port: int
    """Of the API, at the network's gateway address."""
    registry_port: int
    """On the loopback address of this computer: a door to the registry for the container engine."""
    region: str
    machine_image: str
    """Name of the image in the container engine that every instance boots from."""
    directory: str
    """The cloud's private directory."""
    load_balancer_role: str
    """Directory of Ansible's role: its load balancers and these find and reload their configuration the same way."""
    restricted: bool
    """The engine cannot give a container every capability."""

    @property
    def network(self) -> str:
        """Name of the container engine's network."""
        return f"slipway-{self.environment}"

    @property
    def gateway(self) -> str:
        """The address of this computer on the network, where the API answers."""
        return str(IPv4Network(self.cidr)[1])

    @property
    def endpoint(self) -> str:
        """The address of the API."""
        return f"https://{self.gateway}:{self.port}"

    @property
    def load_balancer_addresses(self) -> list[str]:
        """The addresses that load balancers take, in the order in which they are made."""
        return [str(address) for address in list(IPv4Network(self.cidr).hosts())[1:9]]

    @property
    def instance_cidr(self) -> str:
        """The upper half, where instances get theirs, so that no instance takes a load balancer's."""
        return str(list(IPv4Network(self.cidr).subnets())[1])

    @property
    def ca_file(self) -> Path:
        """Certificate of the authority that whoever talks to the cloud must trust."""
        return Path(self.directory) / "ca.pem"

    @property
    def certificate_file(self) -> Path:
        """Certificate of the API."""
        return Path(self.directory) / "certificate.pem"

    @property
    def key_file(self) -> Path:
        """Private key of the API."""
        return Path(self.directory) / "key.pem"

    @property
    def file(self) -> Path:
        """Where these settings are written."""
        return Path(self.directory) / "settings.json"

    @property
    def labels(self) -> dict[str, str]:
        """The labels by which `slipway list` and `slipway destroy` find what is slipway's."""
        own = {labels.PROJECT: labels.OWNER, labels.ENVIRONMENT: self.environment}
        return {**own, "io.slipway.emulated": "aws"}  # drift leaves what is made of the emulated cloud to that cloud

    def save(self) -> None:
        """Write the file."""
        self.file.write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, file: Path) -> CloudSettings:
        """Read the file.

        Raises:
            OSError: There is none.
            ValueError: It is not what `save` wrote.
        """
        try:
            return cls(**json.loads(file.read_text()))
        except TypeError as error:
            raise ValueError(f"{file} was written by another version of slipway: {error}") from error
