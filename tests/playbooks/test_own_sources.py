"""A host of a distribution whose packages slipway does not bring, Ubuntu 24.04: they come from the host's own sources.

Nothing here is Ubuntu's: a machine with Debian 12 says that it is, and its own sources are a folder of Debian packages.
What is tried is what slipway does there, not what packages of Ubuntu do.
"""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.playbooks.lab import Lab, changes, told
from toolchain.images.apt import Apt
from toolchain.images.archives import gather
from toolchain.images.recipe import Archives

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Debian's packages are gathered by root")
LACKED = ("conntrack", "containernetworking-plugins", "iptables", "runc", "zstd")
"""What a worker needs and a bare system does not have."""
FOLDER = "srv/sources"
ELSEWHERE = {"debian-12": {"repository": "nobody/asks", "digest": f"sha256:{'0' * 64}"}}
"""Packages of another distribution, which would not be found."""
MAKE_IT_UBUNTU = f"""
dpkg --purge --force-depends {" ".join(LACKED)} >/dev/null
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/{FOLDER} ./' > /etc/apt/sources.list
rm /etc/os-release
printf 'NAME="Ubuntu"\\nID=ubuntu\\nID_LIKE=debian\\nVERSION_ID="24.04"\\nVERSION_CODENAME=noble\\n' > /etc/os-release
apt-get check
"""


@pytest.fixture(scope="module")
def ubuntu(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A worker that says it is Ubuntu, with sources of its own."""
    machine = lab.machine("ubuntu", "worker")
    work = tmp_path_factory.mktemp("sources")
    # python3-apt is on every Ubuntu server, and what Ansible asks apt with.
    gather(
        Archives(suite="bookworm", target=f"/{FOLDER}", packages=(*LACKED, "python3-apt")),
        Apt(work / "apt"),
        work / "own",
    )
    container = lab.engine.containers.get(f"slipway-{lab.name}-{machine['name']}")
    container.put_archive("/", _packed(work / "own"))
    lab.shell(machine, MAKE_IT_UBUNTU)
    return machine


def test_what_is_missing_comes_from_the_hosts_own_sources(lab: Lab, ubuntu: dict[str, Any]) -> None:
    dry = lab.play("prepare.yml", [ubuntu], check=True, host_package_layers=ELSEWHERE)
    outcome = lab.play("prepare.yml", [ubuntu], host_package_layers=ELSEWHERE)

    assert dry["successful"], told(dry)
    assert changes(dry) > 0
    assert outcome["successful"], told(outcome)
    installed = lab.shell(
        ubuntu, f"dpkg-query --show --showformat='${{Package}} ${{db:Status-Status}}\\n' {' '.join(LACKED)}"
    )
    assert installed.splitlines() == [f"{package} installed" for package in LACKED]
    assert lab.shell(ubuntu, "systemctl is-active containerd").strip() == "active"


def test_a_second_run_there_changes_nothing(lab: Lab, ubuntu: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [ubuntu], host_package_layers=ELSEWHERE)

    assert outcome["successful"], told(outcome)
    assert changes(outcome) == 0, outcome["changes"]


def _packed(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.add(folder, arcname=FOLDER)
    return stream.getvalue()
