"""A rack, the environment `lab` on it, and both away again whatever happens.

The tests run in the order of the file: each one starts from what the one before left, as an operator's day does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker
import pytest

from tests.e2e.environment import ROOT, EndToEnd
from tests.lab.rack import Rack

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "lab"
HOSTS = {
    "lab-front": "load-balancer", "lab-control": "control-plane", "lab-data": "database", "lab-general-0": "general",
    "lab-general-1": "general",
}  # fmt: skip


class OnRack(EndToEnd):
    """The environment, whose file lists hosts of the rack."""

    rack: Rack
    hosts: list[dict[str, str]]

    def list_hosts(self, *, without: str = "") -> None:
        """Write the environment file."""
        listed = [host for host in self.hosts if host["name"] != without]
        self.file.write_text(
            self.rack.settings(listed, publicName="catalogue-lab.localhost", ports={"registry": 35443})
        )


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    """Hosts as their owner hands them over; none before a test makes some."""
    directory = tmp_path_factory.mktemp("rack")
    made = Rack(docker.from_env(timeout=120), NAME, directory, debian13=frozenset({"lab-general-1"}))
    made.remove()
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def environment(rack: Rack) -> Iterator[OnRack]:
    """The environment, running on five hosts."""
    wanted = OnRack(name=NAME, file=ROOT / "environments" / f"Pulumi.{NAME}.yaml")
    wanted.rack, wanted.hosts = rack, rack.make(HOSTS)
    wanted.list_hosts()
    try:
        wanted.up()
        yield wanted
    finally:
        wanted.slipway("destroy", NAME, "--yes")
        wanted.file.unlink(missing_ok=True)
