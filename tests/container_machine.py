"""What it takes to boot systemd in a container of whatever engine runs the tests, past slipway and Pulumi.

It makes no container; the labs of the tests do.
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

MIB = 1 << 20


def host_settings(engine: docker.DockerClient, network: str, memory_mib: int, cpu: int | None = None) -> dict[str, Any]:
    """Return the host settings of a container that is a machine; `cpu` are its cores, all of them when None."""
    settings: dict[str, Any] = engine.api.create_host_config(
        network_mode=network,
        # More than an engine has to give is refused, so never ask for the one that nested engines lack.
        cap_add=["ALL"],
        cap_drop=["SYS_RESOURCE"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        device_cgroup_rules=["a *:* rwm"],
        tmpfs={"/run": "exec,mode=755", "/tmp": "exec,mode=1777"},  # noqa: S108 - a mount inside the machine
        cgroupns="private",
        mem_limit=memory_mib * MIB,
        nano_cpus=cpu * 1_000_000_000 if cpu else None,
    )
    # what the command line calls systempaths=unconfined
    return {**settings, "MaskedPaths": [], "ReadonlyPaths": []}


def upload(container: Container, path: str, content: str, mode: int = 0o600) -> None:
    """Put a file into a container, which need not run."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo(path.lstrip("/"))
        member.size, member.mode = len(content.encode()), mode
        tar.addfile(member, io.BytesIO(content.encode()))
    container.put_archive("/", stream.getvalue())
