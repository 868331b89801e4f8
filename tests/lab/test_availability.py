"""Two load balancers and three control planes: any one host of them may end, and users hardly notice.

The hosts are as small as they go. What is lost on the way is measured, as an address takes seconds to move.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import docker
import pytest
import yaml

from tests.lab.conftest import running
from tests.lab.on_rack import asked_all_the_time
from tests.lab.rack import Rack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.on_rack import OnRack

VIRTUAL_IP = "172.31.200.250"
HOSTS = {
    "ha-front": "load-balancer", "ha-back": "load-balancer", "ha-control-0": "control-plane",
    "ha-control-1": "control-plane", "ha-control-2": "control-plane", "ha-data": "database", "ha-general-0": "general",
    "ha-general-1": "general",
}  # fmt: skip
FRONTS = ("ha-front", "ha-back")
TAKEOVER_SECONDS = 10
"""Three intervals of VRRP, and HAProxy's checks at the host that takes over; 4 s when nothing else is in the way."""


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rack]:
    """Hosts for two load balancers and three control planes."""
    made = Rack(docker.from_env(timeout=120), "ha", tmp_path_factory.mktemp("rack"), subnet="172.31.200.0/24")
    made.remove()
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def environment(rack: Rack) -> Iterator[OnRack]:
    """The environment, running on eight hosts."""
    keys = {
        "publicName": "catalogue-ha.localhost",
        "ports": {"registry": 35543},
        "loadBalancer": {"memoryMib": 512, "virtualIp": VIRTUAL_IP},
        "controlPlane": {"memoryMib": 1800},
    }
    yield from running(rack, HOSTS, keys)


def test_everything_is_reached_at_the_virtual_address(environment: OnRack, rack: Rack) -> None:
    done = environment.slipway("health", environment.name)
    assert done.returncode == 0, done.stdout
    assert len(_having_the_address(rack)) == 1
    assert environment.outputs["endpoints"]["apiServer"] == f"https://{VIRTUAL_IP}:6443"
    assert sum("control" in name for name in environment.nodes()) == 3


def test_another_run_would_change_nothing(environment: OnRack) -> None:
    done = environment.slipway("preview", environment.name, "--expect-no-changes", "--no-foresight")

    assert done.returncode == 0, done.stdout


def test_nothing_has_drifted_after_an_update(environment: OnRack) -> None:
    done = environment.slipway("drift", environment.name, "--json")

    assert done.returncode == 0, done.stdout


def test_a_file_that_somebody_changed_on_a_host_is_found_and_put_back(environment: OnRack, rack: Rack) -> None:
    rack.shell("ha-back", "echo '# by hand' >> /etc/keepalived/keepalived.conf")
    try:
        done = environment.slipway("drift", environment.name, "--layer", "hosts", "--json")
        report = json.loads(done.stdout)
    finally:
        reverted = environment.slipway("drift", environment.name, "--layer", "hosts", "--revert", "--yes")

    assert done.returncode == 7, done.stdout
    assert [finding for finding in report["findings"] if "/etc/keepalived/keepalived.conf" in json.dumps(finding)]
    assert reverted.returncode == 0, reverted.stdout
    assert "by hand" not in rack.shell("ha-back", "cat /etc/keepalived/keepalived.conf")


def test_the_report_draws_all_hosts(environment: OnRack, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = tmp_path_factory.mktemp("report") / "report.html"

    done = environment.slipway("report", environment.name, "--output", str(page))

    assert done.returncode == 0, done.stdout
    assert all(name in page.read_text() for name in HOSTS)


def test_hosts_come_and_go_without_a_task_on_the_others(environment: OnRack) -> None:
    before = environment.plays()
    environment.list_hosts(without="ha-general-1")
    environment.up()
    without = environment.plays()
    environment.list_hosts()
    environment.up()
    again = environment.plays()

    assert _played(before, without) == set(FRONTS)
    assert _played(without, again) == {*FRONTS, "ha-general-1"}


@pytest.mark.parametrize("way", ["host", "haproxy"])
def test_the_address_moves_when_its_host_or_haproxy_ends(environment: OnRack, rack: Rack, way: str) -> None:
    (former,) = _having_the_address(rack)
    application, api_server = environment.outputs["slo"]["endpoints"][0], environment.outputs["endpoints"]["apiServer"]
    with (
        asked_all_the_time(application["url"], application["address"], application["caPem"]) as users,
        asked_all_the_time(f"{api_server}/readyz", f"{VIRTUAL_IP}:6443", _cluster_ca(environment)) as operators,
    ):
        time.sleep(2)
        if way == "host":
            rack.host(former).kill()
        else:
            rack.shell(former, "pkill -STOP --exact haproxy")
        time.sleep(TAKEOVER_SECONDS + 5)
    if way == "host":
        rack.boot(former)
    else:
        rack.shell(former, "pkill -CONT --exact haproxy")

    told = f"{way} ended: users {users.seconds:.1f} s, operators {operators.seconds:.1f} s without an answer"
    sys.stdout.write(f"\n{told}\n")
    assert users.answers > 0
    assert 0 < users.seconds < TAKEOVER_SECONDS
    assert 0 < operators.seconds < TAKEOVER_SECONDS
    assert _having_the_address(rack) == [next(name for name in FRONTS if name != former)]


def test_a_control_plane_that_is_down_is_named_and_nothing_stops(environment: OnRack, rack: Rack) -> None:
    api_server = environment.outputs["endpoints"]["apiServer"]
    with asked_all_the_time(f"{api_server}/readyz", f"{VIRTUAL_IP}:6443", _cluster_ca(environment)) as operators:
        time.sleep(2)
        rack.host("ha-control-0").kill()
        time.sleep(20)
        health = environment.slipway("health", environment.name, "--json")
    update = environment.slipway("up", environment.name)
    rack.boot("ha-control-0")
    back = environment.slipway("health", environment.name, "--wait", "180")

    failed = [check for check in json.loads(health.stdout)["checks"] if check["status"] != "healthy"]
    sys.stdout.write(f"\na control plane ended: operators {operators.seconds:.1f} s without an answer\n")
    assert operators.answers > 100
    assert operators.seconds < TAKEOVER_SECONDS
    assert health.returncode != 0
    assert "ha-control-0" in {check["name"] for check in failed}
    assert update.returncode == 1  # preflight names it
    assert back.returncode == 0, back.stdout


def test_hosts_of_both_kinds_are_given_back(environment: OnRack, rack: Rack) -> None:
    done = environment.slipway("destroy", environment.name, "--yes")
    assert done.returncode == 0, done.stdout

    left = "ls -d /etc/slipway /etc/keepalived/*.conf /etc/keepalived/*.py /etc/kubernetes 2>/dev/null || true"
    assert {name: rack.shell(name, left) for name in HOSTS} == dict.fromkeys(HOSTS, ""), done.stdout
    assert _having_the_address(rack) == []


def _having_the_address(rack: Rack) -> list[str]:
    return [name for name in FRONTS if VIRTUAL_IP in rack.shell(name, "ip -o -4 addr show")]


def _played(before: dict[str, tuple[str, set[str]]], after: dict[str, tuple[str, set[str]]]) -> set[str]:
    """Return the hosts that Ansible ran a task on between the two."""
    ran = [run for run, (at, _) in after.items() if before.get(run, ("", set()))[0] != at]
    return {host for run in ran for host in after[run][1]}


def _cluster_ca(environment: OnRack) -> str:
    kubeconfig: dict[str, Any] = yaml.safe_load(environment.outputs["kubeconfig"])
    return base64.b64decode(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
