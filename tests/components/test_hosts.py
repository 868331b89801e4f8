"""The place `ssh`: hosts are taken over and given back, never made; everything after them is as with containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stacks.settings import SettingsError

from .conftest import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stacks.settings import Settings

    from .registered import Environment

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPzDLvjfxUC7rb/3uZapnlGB+8La3xAcC8q49ns0raY"
HOSTS: dict[str, str] = {
    "front": "load-balancer", "control-plane-0": "control-plane", "data": "database", "worker-1": "general",
    "worker-2": "general",
}  # fmt: skip


def on_hosts(without: str = "", **more: Any) -> Settings:  # noqa: ANN401 - any entries
    hosts = [
        {"name": name, "address": f"10.0.0.{index}", "pool": pool, "hostKey": KEY}
        for index, (name, pool) in enumerate(HOSTS.items(), 1)
        if name != without
    ]
    pools = [{"name": "general"}, {"name": "database", "taints": ["dedicated=database:NoSchedule"]}]
    ssh = {"user": "admin", "keyFile": "~/.ssh/rack"}
    return settings(**{"place": "ssh", "ssh": ssh, "pools": pools, "hosts": hosts, **more})


@pytest.fixture(scope="module")
def environment(register: Callable[[Settings], Environment]) -> Environment:
    return register(on_hosts())


def test_no_machine_is_made(environment: Environment) -> None:
    containers = {resource.name for resource in environment.all("container:Container")}

    assert containers == {"registry-relay"}
    assert not environment.all("network:Network")
    assert not environment.all("volume:Volume")


def test_every_host_gets_an_account_with_the_environments_key(environment: Environment) -> None:
    accounts = {resource.name: resource.inputs for resource in environment.all("HostAccess")}

    assert accounts.keys() == {f"{name}-access" for name in HOSTS}
    front = accounts["front-access"]
    assert (front["address"], front["port"], front["hostKey"]) == ("10.0.0.1", 22, KEY)
    assert (front["user"], front["keyFile"], front["account"]) == ("admin", "~/.ssh/rack", "slipway")


def test_a_host_is_given_back_as_it_was(environment: Environment) -> None:
    prepared = environment.one("AnsibleRun", "worker-1-prepare")

    assert prepared.inputs["deletePlaybook"] == "reset.yml"
    assert prepared.inputs["variables"]["reset_volumes"] is True
    # deleted in the opposite order: reset first, then the account that reset comes in through
    assert environment.one("HostAccess", "worker-1-access").urn in prepared.dependencies
    assert environment.one("AnsibleRun", "worker-1-join").inputs["variables"]["leave_reset"] is True


def test_hosts_with_processors_of_their_own_are_prepared_side_by_side(environment: Environment) -> None:
    control = environment.one("AnsibleRun", "control-plane-0-prepare")

    assert control.urn not in environment.one("AnsibleRun", "worker-1-prepare").dependencies


def test_the_registry_runs_on_the_load_balancers_host_and_this_computer_trusts_its_ca(environment: Environment) -> None:
    service = environment.one("AnsibleRun", "registry-service").inputs
    pushed = environment.one("RegistryImage", "images-traefik").inputs

    assert [host["name"] for host in service["hosts"]] == ["front"]
    assert pushed["registryAddress"] == "10.0.0.1:5000"
    assert environment.outputs["registry"]["address"] == "10.0.0.1:5000"


def test_the_engine_of_this_computer_pushes_through_loopback(environment: Environment) -> None:
    relay = environment.one("container:Container", "registry-relay")
    api = environment.one("image:Image", "api")

    assert "bind 127.0.0.1:5443" in relay.inputs["uploads"][0]["content"]
    assert "server registry 10.0.0.1:5000" in relay.inputs["uploads"][0]["content"]
    assert api.inputs["imageName"].startswith("127.0.0.1:5443/")
    assert relay.urn in api.dependencies


def test_hosts_install_packages_from_the_registry(environment: Environment) -> None:
    prepared = environment.one("AnsibleRun", "worker-1-prepare")

    assert prepared.inputs["variables"]["host_package_layers"].keys() == {"debian-12", "debian-13"}
    assert environment.one("RegistryImage", "images-host-packages-debian12").urn in prepared.dependencies


def test_the_load_balancers_host_gets_its_packages_and_is_given_back_too(environment: Environment) -> None:
    balancer = environment.one("AnsibleRun", "cluster-load-balancer")

    assert balancer.inputs["variables"]["host_package_layers"].keys() == {"debian-12", "debian-13"}
    assert balancer.inputs["deletePlaybook"] == "reset.yml"
    assert environment.one("RegistryImage", "images-host-packages-debian13").urn in balancer.dependencies


def test_outputs_lead_to_the_load_balancer(environment: Environment) -> None:
    outputs = environment.outputs

    assert outputs["endpoints"]["application"] == "https://catalogue.localhost"
    assert outputs["endpoints"]["apiServer"] == "https://10.0.0.1:6443"
    assert "https://10.0.0.1:6443" in outputs["kubeconfig"]
    assert outputs["slo"]["endpoints"][0]["address"] == "10.0.0.1:443"
    assert [node["name"] for node in outputs["nodes"]] == ["front", "control-plane-0", "worker-1", "worker-2", "data"]
    assert [pool["size"] for pool in outputs["pools"]] == [2, 1]


def test_two_load_balancers_share_the_address_that_everything_names(
    register: Callable[[Settings], Environment], environment: Environment
) -> None:
    hosts = [
        {"name": name, "address": f"10.0.0.{index}", "pool": pool, "hostKey": KEY}
        for index, (name, pool) in enumerate({**HOSTS, "back": "load-balancer"}.items(), 1)
    ]
    two = register(on_hosts(hosts=hosts, loadBalancer={"virtualIp": "10.0.0.99"}))

    first, second = two.one("AnsibleRun", "cluster-load-balancer"), two.one("AnsibleRun", "back-load-balancer")
    start = two.one("AnsibleRun", "cluster-control-plane")
    assert [run.inputs["hosts"][0]["name"] for run in (first, second)] == ["front", "back"]
    for run in (first, second):
        assert run.inputs["variables"]["virtual_ip_address"] == "10.0.0.99"
        assert run.inputs["variables"]["virtual_ip_hosts"] == ["10.0.0.1", "10.0.0.6"]
        assert "virtual_ip_login" not in run.inputs["variables"]
        assert run.inputs["secretVariables"]["value"]["virtual_ip_login"] == "p" * 8  # that is how long it is in VRRP
        assert run.urn in start.dependencies
    assert start.inputs["variables"]["cluster_endpoint"] == "10.0.0.99:6443"
    assert two.outputs["endpoints"]["apiServer"] == "https://10.0.0.99:6443"
    assert "https://10.0.0.99:6443" in two.outputs["kubeconfig"]
    assert two.outputs["slo"]["endpoints"][0]["address"] == "10.0.0.99:443"
    assert two.outputs["registry"]["address"] == "10.0.0.1:5000"
    services = {target["name"]: target.get("subjects") for target in two.outputs["healthTargets"]}
    assert services["back services"] == ["haproxy.service", "keepalived.service"]
    alone = environment.one("AnsibleRun", "cluster-load-balancer").inputs
    assert not any(key.startswith("virtual_ip") for key in (*alone["variables"], *alone["secretVariables"]["value"]))


def test_a_host_that_leaves_takes_only_what_is_its_own(
    register: Callable[[Settings], Environment], environment: Environment
) -> None:
    smaller = register(on_hosts(without="worker-1"))
    before = {resource.urn: resource.inputs for resource in environment.resources}
    after = {resource.urn: resource.inputs for resource in smaller.resources}

    assert {urn.rpartition("::")[2] for urn in before.keys() - after} == {
        "worker-1", "worker-1-access", "worker-1-prepare", "worker-1-join",
    }  # fmt: skip
    runs = {resource.urn for resource in environment.all("AnsibleRun")} & after.keys()
    assert {urn.rpartition("::")[2] for urn in runs if after[urn] != before[urn]} == {"cluster-load-balancer-workers"}


def test_hosts_without_a_pinned_key_are_named_before_anything_is_registered(
    register: Callable[[Settings], Environment], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hosts = [{"name": name, "address": f"10.0.0.{i}", "pool": pool} for i, (name, pool) in enumerate(HOSTS.items(), 1)]
    (tmp_path / "known_hosts").write_text("10.0.0.1 ssh-ed25519 BBBB\n")
    monkeypatch.setenv("SLIPWAY_KNOWN_HOSTS_FILE", str(tmp_path / "known_hosts"))

    with pytest.raises(SettingsError) as caught:
        register(on_hosts(hosts=hosts))

    assert [problem.partition(" has no")[0] for problem in caught.value.problems] == [
        f"host '{name}'" for name in list(HOSTS)[1:]
    ]
    assert "slipway preflight trial" in str(caught.value)


def test_a_jump_host_is_told_to_whatever_logs_in(register: Callable[[Settings], Environment]) -> None:
    jump = {"address": "jump.example.org", "hostKey": KEY}

    through = register(on_hosts(ssh={"user": "admin", "keyFile": "/keys/rack", "jump": jump}))

    way = {"address": "jump.example.org", "port": 22, "user": "admin", "hostKey": KEY, "keyFile": "/keys/rack"}
    runs = [host["jump"] for run in through.all("AnsibleRun") for host in run.inputs["hosts"]]
    assert runs == [way] * len(runs)
    assert through.one("HostAccess", "data-access").inputs["jump"] == way
    assert [node["jump"] for node in through.outputs["nodes"]] == [way] * len(HOSTS)
