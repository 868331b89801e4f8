"""Instances that are machines: every container that ministack starts for one boots systemd, with its user data applied.

It deliberately changes how containers are made and removed through docker's own client, and leaves to ministack when.
"""

from __future__ import annotations

import io
import tarfile
import time
from typing import TYPE_CHECKING, Any

from docker.models.containers import Container, ContainerCollection

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.cloud_config import STAGE, first_boot
from toolchain.emulator.cloud.instance_types import size_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import DockerClient

    from toolchain.emulator.settings import CloudSettings

INIT = f"{STAGE}-init"
# Before systemd, so that accounts and host key are there when sshd begins to listen; what fails ends the instance.
INIT_SCRIPT = (
    f"#!/bin/sh\nset -eu\n[ ! -x {STAGE}/first-boot ] || {STAGE}/first-boot\nexec /usr/sbin/slipway-machine-init\n"
)


def make_real(settings: CloudSettings) -> None:
    """From now on, containers for instances are machines."""
    run, remove = ContainerCollection.run, Container.remove

    def run_instance(self: ContainerCollection, image: str, command: Any = None, **options: Any) -> Any:  # noqa: ANN401
        if "instance_id" not in options.get("labels", {}):
            return run(self, image, command, **options)
        instance = ministack.instances[options["labels"]["instance_id"]]
        return _boot(self.client, image, instance, options["labels"], settings)

    def remove_with_volumes(self: Container, **options: Any) -> None:  # noqa: ANN401
        # The volume below /var has no name of its own and would be left for ever.
        remove(self, **{"v": True, **options})

    ContainerCollection.run = run_instance  # type: ignore[method-assign, assignment]
    Container.remove = remove_with_volumes  # type: ignore[method-assign]


def create_machine(
    engine: DockerClient,
    settings: CloudSettings,
    image: str,
    name: str,
    memory_mib: int,
    **options: Any,  # noqa: ANN401
) -> Container:
    """Make a container that boots systemd, with no more rights than the engine has to give; it does not run yet."""
    host = engine.api.create_host_config(
        network_mode=settings.network,
        tmpfs={"/run": "exec,mode=755", "/tmp": "exec,mode=1777"},  # noqa: S108 - a mount inside the machine
        cgroupns="private",
        mem_limit=memory_mib << 20,
        memswap_limit=memory_mib << 20,
        **_rights(settings),
    )
    if settings.restricted:
        host.update(MaskedPaths=[], ReadonlyPaths=[])  # what the command line calls systempaths=unconfined
    made = engine.api.create_container(
        image,
        name=name,
        host_config=host,
        environment={"container": "docker"},
        volumes=["/var"],  # overlayfs cannot stack on overlayfs: container images of a node live below it
        stop_signal="SIGRTMIN+3",
        detach=True,
        **options,
    )
    return engine.containers.get(made["Id"])


def _rights(settings: CloudSettings) -> dict[str, Any]:
    if not settings.restricted:
        return {"privileged": True}
    return {
        "cap_add": ["ALL"],
        "cap_drop": ["SYS_RESOURCE"],
        "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
        "device_cgroup_rules": ["a *:* rwm"],
    }


def _boot(
    engine: DockerClient,
    image: str,
    instance: Mapping[str, Any],
    asked: Mapping[str, str],
    settings: CloudSettings,
) -> Container:
    key = (ministack.key_pairs.get(instance["KeyName"]) or {}).get("PublicKeyMaterial", "")
    boot = first_boot(instance["UserData"], key)
    size = size_of(instance["InstanceType"])
    container = create_machine(
        engine,
        settings,
        image,
        f"slipway-{settings.environment}-{instance['InstanceId']}",
        size.memory_mib,
        hostname=boot.hostname or instance["InstanceId"],
        labels={**asked, **settings.labels},
        entrypoint=[INIT],
    )
    try:
        container.put_archive("/", archive({**boot.files, INIT: (INIT_SCRIPT.encode(), 0o755)}))
        container.start()
    except BaseException:
        container.remove(force=True)
        raise
    return container


def archive(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """Return a tar archive of files, path -> content and mode, for the root directory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, (content, mode) in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode, member.mtime = len(content), mode, int(time.time())
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
