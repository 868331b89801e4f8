"""A machine that Ansible has prepared: registry, CA, container runtime and kubelet in place.

Joining it to a cluster is the cluster's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from components.machine import Machine
from components.registry import location
from plugins.slipway import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.registry import RegistryService


LOCAL_VOLUMES = "/var/lib/slipway/volumes"
"""Where the role local_volumes makes the directories of local volumes."""


@dataclass(frozen=True)
class HostSettings:
    """What every machine of an environment is told."""

    ssh_private_key: pulumi.Input[str]
    registry: RegistryService
    ca_pem: pulumi.Input[str]
    node_binaries_digest: pulumi.Input[str]
    """Digest of the layer with kubelet, kubeadm and containerd."""
    node_binaries: pulumi.Resource
    """That layer in the registry: machines fetch it from there."""
    package_layers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Distribution, such as `debian-12` -> repository and digest of its packages; others use sources of their own."""
    packages: Sequence[pulumi.Resource] = ()
    """Those layers in the registry."""
    volume_pools: Mapping[str, int] = field(default_factory=dict)
    """How many local volumes each machine of a pool holds, by the pool's name."""
    login_layer: Mapping[str, str] | None = None
    """Repository and digest of the layer with what asks for logins, where those expire."""
    prefetched_images: Sequence[str] = ()
    """References of images that every node runs; each node fetches them while it is still being prepared."""

    def host_variables(self) -> dict[str, pulumi.Input[object]]:
        """Return the variables of the role host, which every machine gets."""
        registry = self.registry
        return {
            "registry_name": location(registry)["registry_name"],
            **({"registry_address": registry.address} if registry.address else {}),
            **({"registry_ca_certificate": registry.detour.ca_pem} if registry.detour else {}),
            "ca_certificate": self.ca_pem,
            **(self._package_variables() if self.package_layers else {}),
        }

    def _package_variables(self) -> dict[str, pulumi.Input[object]]:
        layers = {name: dict(layer) for name, layer in self.package_layers.items()}
        return {**self._login_variables(), "host_package_layers": layers}

    def _login_variables(self) -> dict[str, pulumi.Input[object]]:
        return {**location(self.registry), "registry_username": self.registry.access.username}

    def cluster_variables(self) -> dict[str, pulumi.Input[object]]:
        """Return what whoever makes a node of a machine is told of the registry."""
        return {**location(self.registry), **self._kubelet_logins()}

    def _kubelet_logins(self) -> dict[str, pulumi.Input[object]]:
        logins = self.registry.expiring_logins
        if logins is None:
            return {}
        asked = {"name": logins.executable, "match_images": list(logins.match_images)}
        return {"kubelet_credential_provider": {**asked, "environment": dict(logins.environment)}}

    def variables(self) -> dict[str, pulumi.Input[object]]:
        """Return the variables of playbooks/prepare.yml that are no secrets."""
        return {
            **self.host_variables(),
            **self._login_variables(),
            **self._kubelet_logins(),
            **({"registry_endpoint": self.registry.detour.endpoint} if self.registry.detour else {}),
            **({"container_runtime_credential_provider": dict(self.login_layer)} if self.login_layer else {}),
            "node_binaries_digest": self.node_binaries_digest,
            "local_volumes_by_pool": dict(self.volume_pools),
            "container_runtime_prefetched_images": list(self.prefetched_images),
        }

    def host_secret_variables(self) -> dict[str, pulumi.Input[object]]:
        """Return the secret ones of the role host; none where machines bring their packages."""
        return self.secret_variables() if self.package_layers else {}

    def secret_variables(self) -> dict[str, pulumi.Input[object]]:
        """Return the secret ones."""
        return {} if self.registry.expiring_logins else self._password()

    def volatile_secret_variables(self) -> dict[str, pulumi.Input[object]]:
        """Return those of them that are others in every run."""
        return self._password() if self.registry.expiring_logins else {}

    def _password(self) -> dict[str, pulumi.Input[object]]:
        return {"registry_password": self.registry.access.password}


@dataclass(frozen=True)
class PreparedMachineArgs:
    """Which machine, and what for."""

    machine: Machine
    settings: HostSettings
    after: Sequence[pulumi.Resource] = ()
    """What comes first, although nothing of it is needed."""


class PreparedMachine(pulumi.ComponentResource):
    """One run of prepare.yml on one machine, so that adding a machine costs the same among 10 and among 1,000.

    Machines that are prepared at the same time share one Ansible process.
    """

    machine: Machine

    def __init__(self, name: str, args: PreparedMachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:PreparedMachine", name, None, opts)
        self.machine = args.machine
        settings = args.settings
        depends_on = [*args.machine.made, settings.node_binaries, *settings.packages, *args.after]
        self.run = sdk.AnsibleRun(
            f"{name}-prepare",
            playbook="prepare.yml",
            hosts=[args.machine.as_output()],
            ssh_private_key=settings.ssh_private_key,
            variables=settings.variables() | args.machine.given_back(),
            secret_variables=settings.secret_variables() or None,
            volatile_secret_variables=settings.volatile_secret_variables() or None,
            delete_playbook=args.machine.reset_playbook,
            triggers=[args.machine.identity],
            per_host=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on),
        )
        self.register_outputs({"name": args.machine.name})
