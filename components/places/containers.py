"""The place `containers`: machines are containers that boot systemd and sshd on the local engine.

They are real hosts to everything that follows: prepared over SSH, joined by kubeadm, limited by cgroups.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pulumi
import pulumi_docker as docker

from components.machine import SSH_USER, Machine, MachinePlan
from plugins.slipway import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CAP_SYS_RESOURCE = 24
"""Bit number, from linux/capability.h."""

# What Docker 20.10 knows, less SYS_RESOURCE: a container cannot be given what its engine lacks.
CAPABILITIES = (
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH",
    "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE",
    "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
    "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE",
    "SYS_RAWIO", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
)  # fmt: skip


class EngineLayout(Protocol):
    """An image that set-up left in the cache for container engines."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the fields say it
    @property
    def repository(self) -> str: ...  # noqa: D102
    @property
    def tag(self) -> str: ...  # noqa: D102
    @property
    def config_digest(self) -> str: ...  # noqa: D102
    @property
    def layout(self) -> object: ...  # noqa: D102


@dataclass(frozen=True)
class ContainerPlace:
    """What every container of one environment shares."""

    environment: str
    network: docker.Network
    machine_image: pulumi.Input[str]
    authorized_key: pulumi.Input[str]

    def machine(
        self, plan: MachinePlan, *, ports: Mapping[int, int] | None = None, data_directory: str | None = None
    ) -> Machine:
        """Make one machine.

        Args:
            plan: its name, size and fixed address.
            ports: loopback port of this computer -> port of the machine.
            data_directory: a directory that outlives the container, on a volume of its own.
        """
        # Name and address are fixed, so the new machine can only come after the old one has gone.
        options = pulumi.ResourceOptions(delete_before_replace=True)
        host_key = sdk.SshKey(f"{plan.name}-host-key", comment=plan.name)
        container = docker.Container(
            plan.name,
            name=f"slipway-{self.environment}-{plan.name}",
            hostname=plan.name,
            image=self.machine_image,
            labels=container_labels(self.environment),
            memory=plan.memory_mib,
            memory_swap=plan.memory_mib,
            cpus=str(plan.cpu),
            networks_advanced=[
                docker.ContainerNetworksAdvancedArgs(name=self.network.name, ipv4_address=plan.address),
            ],
            ports=[
                docker.ContainerPortArgs(internal=inside, external=outside, ip="127.0.0.1")
                for outside, inside in (ports or {}).items()
            ],
            uploads=self._uploads(host_key),
            volumes=self._volumes(plan, data_directory),
            opts=options,
            **boot_settings(),
        )
        return Machine(
            plan=plan,
            address=plan.address,
            host_key=host_key.public_key,
            identity=container.id,
            disposable=True,
            resource=container,
        )

    def _uploads(self, host_key: sdk.SshKey) -> list[docker.ContainerUploadArgs]:
        """The keys that make the first connection a pinned one."""
        return [
            docker.ContainerUploadArgs(
                file="/etc/ssh/ssh_host_ed25519_key", content=host_key.private_key, permissions="0600"
            ),
            docker.ContainerUploadArgs(
                file=f"/home/{SSH_USER}/.ssh/authorized_keys", content=self.authorized_key, permissions="0644"
            ),
        ]

    def _volumes(self, plan: MachinePlan, data_directory: str | None) -> list[docker.ContainerVolumeArgs]:
        # overlayfs cannot stack on overlayfs: container images of the node live below /var.
        volumes = [docker.ContainerVolumeArgs(container_path="/var")]
        if data_directory:
            volume = docker.Volume(
                f"{plan.name}-data",
                name=f"slipway-{self.environment}-{plan.name}-data",
                labels=volume_labels(self.environment),
            )
            volumes.append(docker.ContainerVolumeArgs(container_path=data_directory, volume_name=volume.name))
        return volumes


def boot_settings() -> dict[str, object]:
    """Return what lets systemd boot inside a container, with no more rights than the engine has to give."""
    settings: dict[str, object] = {
        "envs": ["container=docker"],
        "tmpfs": {"/run": "exec,mode=755", "/tmp": "exec,mode=1777"},  # noqa: S108 - a mount inside the machine
        "stop_signal": "SIGRTMIN+3",
        "cgroupns_mode": "private",
        "restart": "unless-stopped",
        "must_run": True,
        "destroy_grace_seconds": 0,
    }
    if engine_is_restricted():
        return {
            **settings,
            "capabilities": docker.ContainerCapabilitiesArgs(adds=list(CAPABILITIES)),
            "security_opts": ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
            "device_cgroup_rules": ["a *:* rwm"],
        }
    return {**settings, "privileged": True}


def engine_is_restricted(status: Path = Path("/proc/self/status")) -> bool:
    """Say whether `--privileged` would fail because this computer itself lacks a capability.

    The engine is local to this place, so this process's bounding set speaks for it.
    """
    for line in status.read_text().splitlines():
        if line.startswith("CapBnd:"):
            return not int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1
    return False


def engine_image(environment: str, layout: EngineLayout) -> sdk.EngineImage:
    """Load an image of the cache into this computer's engine, under a name of the environment's own."""
    return sdk.EngineImage(
        f"{layout.name}-image",
        layout=str(layout.layout),
        name=f"slipway-{environment}/{layout.repository}:{layout.tag}",
        digest=layout.config_digest,
    )


def labels(environment: str) -> dict[str, str]:
    """Return the labels by which `slipway list` and `slipway destroy` find what is slipway's."""
    return {"io.slipway.project": "slipway", "io.slipway.environment": environment}


def container_labels(environment: str) -> Sequence[docker.ContainerLabelArgs]:
    """Return the labels in the shape that containers take."""
    return [docker.ContainerLabelArgs(label=key, value=value) for key, value in labels(environment).items()]


def volume_labels(environment: str) -> Sequence[docker.VolumeLabelArgs]:
    """Return the labels in the shape that volumes take."""
    return [docker.VolumeLabelArgs(label=key, value=value) for key, value in labels(environment).items()]


def network_labels(environment: str) -> Sequence[docker.NetworkLabelArgs]:
    """Return the labels in the shape that networks take."""
    return [docker.NetworkLabelArgs(label=key, value=value) for key, value in labels(environment).items()]
