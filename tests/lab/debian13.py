"""A bare Debian 13 as a container image: made once by mmdebstrap from the packages of Debian, kept in the engine.

It holds nothing of slipway's; `tests/lab/Dockerfile.debian13` makes a host of it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import ImageNotFound

from toolchain.images.apt import Apt

if TYPE_CHECKING:
    import docker

REPOSITORY = "slipway-lab/debian13"
INCLUDED = "systemd,systemd-sysv,dbus,openssh-server,sudo,python3,iproute2,procps,kmod"


def base_image(engine: docker.DockerClient) -> str:
    """Return the image, made in about a minute when it is not there yet."""
    name = f"{REPOSITORY}:base"
    try:
        engine.images.get(name)
    except ImageNotFound:
        with tempfile.TemporaryDirectory(prefix="slipway-lab-") as work:
            root = Path(work, "root.tar")
            apt = Apt(Path(work, "apt"), "trixie")
            apt.prepare()
            apt.bootstrap(root, [f"--include={INCLUDED}", "--format=tar"])
            engine.api.import_image_from_file(str(root), repository=REPOSITORY, tag="base")
    return name
