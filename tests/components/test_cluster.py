"""Machines are prepared and joined one by one, and nothing in a cluster outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Settings

    from .registered import Environment

NODES = {"control-plane-0", "general-0", "general-1", "database-0"}
WORKERS = {"general-0", "general-1", "database-0"}


def _hosts(environment: Environment, name_end: str) -> dict[str, list[str]]:
    return {
        run.name.removesuffix(name_end): [host["name"] for host in run.inputs["hosts"]]
        for run in environment.all("AnsibleRun")
        if run.name.endswith(name_end)
    }


def test_each_node_is_prepared_by_a_run_of_its_own_and_the_balancer_by_its_only_one(environment: Environment) -> None:
    assert _hosts(environment, "-prepare") == {name: [name] for name in NODES}
    assert _hosts(environment, "-load-balancer") == {"cluster": ["load-balancer"]}


def test_runs_of_single_nodes_differ_in_their_hosts_alone_and_share_a_process(environment: Environment) -> None:
    for end, count in (("-prepare", len(NODES)), ("-join", len(WORKERS))):
        runs = [run.inputs for run in environment.all("AnsibleRun") if run.name.endswith(end)]
        assert len(runs) == count
        assert all(inputs["perHost"] for inputs in runs)
        assert all(inputs["variables"] == runs[0]["variables"] for inputs in runs)


def test_each_worker_is_joined_by_a_run_of_its_own_and_leaves_by_one(environment: Environment) -> None:
    joins = {run.name: run.inputs for run in environment.all("AnsibleRun") if run.name.endswith("-join")}

    assert _hosts(environment, "-join") == {name: [name] for name in WORKERS}
    assert {inputs["deletePlaybook"] for inputs in joins.values()} == {"leave.yml"}


def test_users_are_sent_to_workers_that_have_joined_and_to_none_that_leaves(environment: Environment) -> None:
    told = environment.one("AnsibleRun", "cluster-load-balancer-workers")
    joins = {run.urn for run in environment.all("AnsibleRun") if run.name.endswith("-join")}

    assert joins <= told.dependencies  # what is no longer declared leaves after everything else
    assert {worker["name"] for worker in told.inputs["variables"]["load_balancer_workers"]} == WORKERS
    assert environment.one("AnsibleRun", "cluster-load-balancer").urn in told.dependencies


def test_workers_that_share_processors_are_prepared_while_the_control_plane_starts(environment: Environment) -> None:
    control = environment.one("AnsibleRun", "control-plane-0-prepare")
    workers = [environment.one("AnsibleRun", f"{name}-prepare") for name in WORKERS]

    assert all(control.urn in worker.dependencies for worker in workers)
    start = environment.one("AnsibleRun", "cluster-control-plane")
    assert not start.dependencies & {worker.urn for worker in workers}


def test_a_machine_made_anew_is_set_up_again(environment: Environment) -> None:
    for run in environment.all("AnsibleRun"):
        hosts = [host["name"] for host in run.inputs["hosts"]]
        assert run.inputs["triggers"] == [f"{name}-id" for name in hosts], run.name


def test_only_database_machines_hold_volumes(environment: Environment) -> None:
    for run in environment.all("AnsibleRun"):
        if run.name.endswith("-prepare"):
            assert run.inputs["variables"]["local_volumes_by_pool"] == {"database": 1}
    assert set(environment.objects("PersistentVolume")) == {"local-database-0"}


def test_registry_password_and_kubeconfig_are_secret_variables(environment: Environment) -> None:
    plain = {key for run in environment.all("AnsibleRun") for key in run.inputs["variables"]}
    secret = {
        key for run in environment.all("AnsibleRun") for key in run.inputs.get("secretVariables", {}).get("value", {})
    }

    assert secret == {"registry_password", "control_plane_encryption_key", "join_kubeconfig"}
    assert not plain & secret


def test_everything_in_the_cluster_goes_with_it(environment: Environment) -> None:
    container = environment.one("container:Container", "control-plane-0").urn
    inside = [resource for resource in environment.resources if resource.type.startswith("kubernetes:")]
    provider = environment.one("pulumi:providers:kubernetes", "kubernetes")

    assert len(inside) > 40
    assert {resource.deleted_with for resource in inside} == {container}
    assert all(resource.provider.startswith(provider.urn) for resource in inside)
    assert {run.deleted_with for run in environment.all("AnsibleRun") if run.name.endswith("-join")} == {container}


def test_three_control_planes_are_one_run(register: Callable[[Settings], Environment]) -> None:
    from .conftest import settings  # noqa: PLC0415 - the fixtures' own settings

    three = register(settings(controlPlane={"count": 3}))

    names = [f"control-plane-{index}" for index in range(3)]
    assert _hosts(three, "-control-plane") == {"cluster": names}
    balanced = three.one("AnsibleRun", "cluster-load-balancer").inputs["variables"]["load_balancer_control_planes"]
    assert [backend["name"] for backend in balanced] == names


def test_cluster_is_named_before_it_exists(environment: Environment) -> None:
    provider = environment.one("pulumi:providers:kubernetes", "kubernetes")

    assert provider.inputs["clusterIdentifier"] == "slipway-trial"
