"""A machine that was about to leave when the run was killed and is wanted again, and one that is wanted no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import NAME
from tests.e2e.killed_run import killed_at
from tests.failures import broken

if TYPE_CHECKING:
    from tests.e2e.environment import EndToEnd


def _killed_and_put_back(environment: EndToEnd, *, more: int, machine: int, cut: str) -> None:
    """Kill the run that changes the pool's size at a task on one of its machines, put the file back, and run again."""
    if environment.name != NAME:
        pytest.skip("it changes the environment's file, which is somebody's own")
    wanted = environment.general_size
    environment.general_size = wanted + more
    environment.write_file()
    assert killed_at(environment, f"general-{machine}: {cut}")
    environment.general_size = wanted
    environment.write_file()

    environment.up()

    assert broken.health(environment)["score"] == 100


@pytest.mark.parametrize("cut", ["container_runtime : Containerd is configured", "join : Run kubeadm join"])
def test_a_machine_is_gone_when_the_run_that_made_it_was_killed_and_nobody_wants_it(
    environment: EndToEnd, cut: str
) -> None:
    machine = environment.general_size
    _killed_and_put_back(environment, more=1, machine=machine, cut=cut)

    assert f"general-{machine}" not in environment.nodes()


@pytest.mark.parametrize(
    "cut",
    ["leave : The cluster is told (drain)", "reset : The machine is stopped", "leave : The cluster is told (forget)"],
)
def test_a_machine_stays_after_all_when_the_run_that_took_it_out_was_killed(environment: EndToEnd, cut: str) -> None:
    machine = environment.general_size - 1
    _killed_and_put_back(environment, more=-1, machine=machine, cut=cut)

    assert environment.nodes()[f"general-{machine}"] == "True"
    cordoned = environment.kubectl("get", "nodes", "--field-selector", "spec.unschedulable=true", "-o", "name")
    assert cordoned == ""
