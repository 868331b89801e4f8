"""Two load balancers that share an address, for real: it is at one of them, and goes to the other one when that fails.

What is behind them is not their business: HAProxy runs without a server that answers.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import pytest

from tests.playbooks.lab import changes, told
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from tests.playbooks.lab import Lab

PACKAGES = "host-packages-debian12"
HAS_IT = "ip -o -4 addr show to {} | grep -c . || true"
PASSWORD = "k3pt-off"


@pytest.fixture(scope="module")
def balancers(lab: Lab) -> list[dict[str, Any]]:
    """Two machines without keepalived, which comes from the registry."""
    lab.push(PACKAGES)
    return [lab.machine("front-0", "load-balancer"), lab.machine("front-1", "load-balancer")]


@pytest.fixture(scope="module")
def settings(balancers: list[dict[str, Any]]) -> dict[str, Any]:
    """Variables of load_balancer.yml; the shared address is far from those that the engine gives next."""
    addresses = [machine["address"] for machine in balancers]
    layout = image(PACKAGES)
    shared = ipaddress.IPv4Interface(f"{addresses[0]}/24").network.broadcast_address - 1
    return {
        "load_balancer_control_planes": [],
        "host_package_layers": {
            "debian-12": {"repository": layout.repository, "digest": layout.layers[0].digest},
        },
        "virtual_ip_address": str(shared),
        "virtual_ip_hosts": addresses,
        "virtual_ip_login": PASSWORD,
    }


def holders(lab: Lab, machines: list[dict[str, Any]], address: str) -> list[str]:
    return [machine["name"] for machine in machines if lab.shell(machine, HAS_IT.format(address)).strip() == "1"]


def test_a_check_run_tells_and_changes_nothing(
    lab: Lab, balancers: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    would = lab.play("load_balancer.yml", balancers, check=True, **settings)

    assert would["successful"], told(would)
    assert changes(would) > 0
    assert PASSWORD not in str(would)
    assert lab.shell(balancers[0], "ls -d /etc/keepalived 2>/dev/null || true") == ""


def test_one_of_them_has_the_address_and_another_run_changes_nothing(
    lab: Lab, balancers: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    done = lab.play("load_balancer.yml", balancers, **settings)
    assert done["successful"], told(done)
    assert len(holders(lab, balancers, settings["virtual_ip_address"])) == 1
    again = lab.play("load_balancer.yml", balancers, **settings)
    assert changes(again) == 0, again["changes"]
    assert PASSWORD not in str(done)
    mode = lab.shell(balancers[0], "stat -c %a /etc/keepalived/keepalived.conf")
    assert mode.strip() == "600"


def test_it_leaves_a_host_whose_haproxy_hangs_and_does_not_come_back(
    lab: Lab, balancers: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    address = settings["virtual_ip_address"]
    (former,) = holders(lab, balancers, address)
    (had,) = [machine for machine in balancers if machine["name"] == former]
    (other,) = [machine for machine in balancers if machine["name"] != former]
    # alive for systemd, but it answers nobody
    lab.shell(had, "pkill -STOP --exact haproxy")
    try:
        lab.shell(other, f"timeout 15 sh -c 'until ip -o -4 addr show to {address} | grep -q .; do sleep 0.2; done'")
        assert holders(lab, balancers, address) == [other["name"]]
    finally:
        lab.shell(had, "pkill -CONT --exact haproxy")
    said = "journalctl --unit keepalived.service --output cat | grep -q 'Script.*haproxy.* succeeded$'"
    lab.shell(had, f'timeout 15 sh -c "until {said}; do sleep 0.2; done"')
    assert holders(lab, balancers, address) == [other["name"]]


def test_a_host_that_is_given_back_gives_up_the_address(
    lab: Lab, balancers: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    address = settings["virtual_ip_address"]
    (former,) = holders(lab, balancers, address)
    (had,) = [machine for machine in balancers if machine["name"] == former]
    (other,) = [machine for machine in balancers if machine["name"] != former]

    assert lab.play("reset.yml", [had])["successful"]

    lab.shell(other, f"timeout 15 sh -c 'until ip -o -4 addr show to {address} | grep -q .; do sleep 0.2; done'")
    assert holders(lab, balancers, address) == [other["name"]]
    assert lab.shell(had, "ls /etc/keepalived/*.conf /etc/keepalived/*.py 2>/dev/null || true") == ""
