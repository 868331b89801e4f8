"""A day of an environment on hosts that were there before it and stay after it; none of them has internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.killed_run import killed_at

if TYPE_CHECKING:
    from tests.lab.on_rack import OnRack
    from tests.lab.rack import Rack

TRACES = """
ls -d /etc/slipway /var/lib/slipway /var/cache/slipway* /home/slipway /etc/sudoers.d/slipway /usr/local/bin/* \
    /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/containerd /var/lib/containerd /etc/ssh/sshd_config.d/* \
    /etc/sysctl.d/*slipway* /etc/systemd/system/*kubelet* /etc/systemd/system/*containerd* \
    /etc/systemd/system/slipway* 2>/dev/null || true
ls -d /etc/haproxy/slipway /etc/systemd/system/haproxy* 2>/dev/null || true
grep -l slipway /etc/hosts 2>/dev/null || true
ps -eo user,comm | grep -E '^slipway|kubelet|containerd|haproxy|registry' || true
"""
"""Prints what slipway left on a host: files, lines in files of others, processes."""


def test_hosts_without_internet_become_a_healthy_environment(environment: OnRack, rack: Rack) -> None:
    done = environment.slipway("health", environment.name)
    assert done.returncode == 0, done.stdout
    assert environment.nodes() == dict.fromkeys(["lab-control", "lab-data", "lab-general-0", "lab-general-1"], "True")
    reached = rack.shell("lab-general-0", "timeout 2 bash -c '</dev/tcp/1.1.1.1/53' 2>/dev/null && echo yes || echo no")
    assert reached.strip() == "no"


@pytest.mark.usefixtures("environment")
def test_hosts_may_have_different_releases_of_debian(rack: Rack) -> None:
    releases = {name: rack.shell(name, "cat /etc/debian_version") for name in ("lab-general-0", "lab-general-1")}

    assert releases["lab-general-0"].startswith("12.")
    assert releases["lab-general-1"].startswith("13.")


def test_another_run_would_change_nothing(environment: OnRack) -> None:
    done = environment.slipway("preview", environment.name, "--expect-no-changes", "--no-foresight")

    assert done.returncode == 0, done.stdout


def test_a_host_that_is_down_is_named_before_anything_is_changed(
    environment: OnRack, rack: Rack, capfd: pytest.CaptureFixture[str]
) -> None:
    before = environment.recorded()
    rack.host("lab-general-1").pause()
    try:
        done = environment.slipway("up", environment.name)
    finally:
        rack.host("lab-general-1").unpause()

    told = capfd.readouterr().err
    assert done.returncode == 1
    assert "1 thing is in the way" in told
    assert "lab-general-1: reachable: rack@" in told
    assert environment.recorded() == before


def test_a_host_that_is_taken_out_is_drained_and_given_back(environment: OnRack, rack: Rack) -> None:
    untouched = {name: _started(rack, name) for name in ("lab-general-0", "lab-data", "lab-control")}
    environment.list_hosts(without="lab-general-1")

    environment.up()

    assert "lab-general-1" not in environment.nodes()
    assert rack.shell("lab-general-1", TRACES) == ""
    assert "lab-general-1" not in rack.shell("lab-front", "cat /etc/haproxy/slipway/*")
    assert {name: _started(rack, name) for name in untouched} == untouched


@pytest.mark.parametrize(
    ("cut", "task"), [("prepare", "container_runtime : "), ("join", "join : Run kubeadm join")], ids=["prepare", "join"]
)
def test_a_host_is_given_back_when_the_run_that_took_it_was_killed(
    environment: OnRack, rack: Rack, cut: str, task: str
) -> None:
    environment.list_hosts()
    assert killed_at(environment, f"lab-general-1-{cut} creating", f"lab-general-1: {task}")
    environment.list_hosts(without="lab-general-1")

    environment.up()

    assert "lab-general-1" not in environment.nodes()
    assert rack.shell("lab-general-1", TRACES) == ""


def test_a_host_that_comes_back_joins(environment: OnRack) -> None:
    environment.list_hosts()

    environment.up()

    assert environment.nodes()["lab-general-1"] == "True"


@pytest.mark.parametrize("cut", ["join deleting", "prepare deleting"])
def test_a_host_stays_after_all_when_the_run_that_gave_it_back_was_killed(environment: OnRack, cut: str) -> None:
    environment.list_hosts(without="lab-general-1")
    assert killed_at(environment, f"lab-general-1-{cut}", "lab-general-1: reset : The machine is wiped")
    environment.list_hosts()

    environment.up()

    assert environment.nodes()["lab-general-1"] == "True"
    assert environment.slipway("health", environment.name).returncode == 0


def test_a_host_that_died_leaves_the_cluster_when_it_is_taken_out(environment: OnRack, rack: Rack) -> None:
    rack.host("lab-general-1").remove(force=True, v=True)
    environment.list_hosts(without="lab-general-1")

    environment.up()

    assert "lab-general-1" not in environment.nodes()


def test_hosts_are_given_back_as_they_were(environment: OnRack, rack: Rack) -> None:
    done = environment.slipway("destroy", environment.name, "--yes")
    assert done.returncode == 0, done.stdout

    left = {name: rack.shell(name, TRACES) for name in ("lab-front", "lab-control", "lab-data", "lab-general-0")}
    assert left == dict.fromkeys(left, ""), done.stdout


def _started(rack: Rack, name: str) -> str:
    """Return when a node's services were started and its preparation last written."""
    written = "stat -c '%n %Y' /etc/slipway/* /etc/kubernetes/*"
    return rack.shell(name, f"systemctl show --property=ActiveEnterTimestamp kubelet containerd; {written}")
