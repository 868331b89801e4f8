"""A rack, the environment `lab` on it, and both away again whatever happens.

The tests run in the order of the file: each one starts from what the one before left, as an operator's day does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.e2e.environment import ROOT
from tests.lab.on_rack import OnRack
from tests.lab.rack import Rack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "lab"
HOSTS = {
    "lab-front": "load-balancer", "lab-control": "control-plane", "lab-data": "database", "lab-general-0": "general",
    "lab-general-1": "general",
}  # fmt: skip


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
    yield from running(rack, HOSTS, {"publicName": "catalogue-lab.localhost", "ports": {"registry": 35443}})


def running(rack: Rack, hosts: Mapping[str, str], keys: dict[str, Any]) -> Iterator[OnRack]:
    """Bring an environment up on hosts (name -> pool) of a rack, and give it back with them."""
    file = ROOT / "environments" / f"Pulumi.{rack.name}.yaml"
    wanted = OnRack(name=rack.name, file=file, rack=rack, hosts=rack.make(hosts), keys=keys)
    wanted.list_hosts()
    try:
        wanted.up()
        yield wanted
    finally:
        wanted.slipway("destroy", wanted.name, "--yes")
        wanted.file.unlink(missing_ok=True)
