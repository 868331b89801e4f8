"""A whole environment in a cloud that was there before it and stays after it, and so can be asked what is left.

The tests run in the order of the file: each one starts from what the one before left, as an operator's day does.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import docker
import pytest

from bench.load import summary
from tests.e2e.environment import ROOT
from tests.e2e.killed_run import killed_at
from tests.emulator import listing
from tests.emulator.conftest import REGION, Cloud
from tests.emulator.in_cloud import NAME, InCloud, newer_image, taken
from tests.failures.steady_load import roll, steady_load

if TYPE_CHECKING:
    from collections.abc import Iterator

# Two machines are replaced one after the other, each with half a minute for its connections to end.
pytestmark = [pytest.mark.timeout(1800)]
RATE = 50.0
"""Requests a second while machines are replaced."""
CONTROL_PLANES = {f"control-plane-{index}" for index in range(3)}
GENERAL = {f"general-{index}" for index in range(3)}
MADE = {
    "ec2:DescribeAddresses", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNatGateways", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
    "ec2:DescribeVpcs", "ecr:DescribeRepositories", "elbv2:DescribeListeners", "elbv2:DescribeLoadBalancers",
    "elbv2:DescribeTargetGroups", "iam:ListInstanceProfiles", "iam:ListRoles", "route53:ListHostedZones",
}  # fmt: skip
"""Calls that must tell of the environment while it is there: a listing that sees nothing would find nothing left."""


@pytest.fixture(scope="module")
def environment(cloud: Cloud) -> Iterator[InCloud]:
    wanted = InCloud(
        file=ROOT / f"environments/Pulumi.{NAME}.yaml",
        cloud=cloud,
        in_account=listing.everything(REGION),
        in_engine=_in_engine(),
    )
    wanted.write_file()
    try:
        wanted.up()
        yield wanted
    finally:
        wanted.slipway("destroy", NAME, "--yes")
        wanted.file.unlink(missing_ok=True)


def test_a_cloud_that_was_there_before_gets_a_healthy_environment(environment: InCloud) -> None:
    done = environment.slipway("health", NAME)
    assert done.returncode == 0, done.stdout
    assert set(environment.instances()) == {"bastion", "control-plane-0", "general-0", "general-1", "database-0"}
    assert set(listing.difference(environment.in_account, listing.everything(REGION))) >= MADE
    assert environment.template("general-0")["InstanceMarketOptions"]["MarketType"] == "spot"


def test_up_again_changes_nothing(environment: InCloud) -> None:
    before = listing.everything(REGION)
    done = environment.slipway("preview", NAME, "--expect-no-changes")

    environment.up()

    assert done.returncode == 0, done.stdout
    assert listing.difference(before, listing.everything(REGION)) == {}


def test_an_instance_that_was_terminated_behind_its_back_is_made_again(environment: InCloud) -> None:
    former = environment.instances()
    environment.cloud.client("ec2").terminate_instances(InstanceIds=[former["general-1"]])

    health = environment.slipway("health", NAME, "--json")
    mended = environment.slipway("up", NAME, "--refresh", "--json")

    assert health.returncode != 0
    assert "general-1" in _failed(health.stdout)
    assert mended.returncode == 0, mended.stdout
    now = environment.instances()
    assert {name for name in former if now[name] != former[name]} == {"general-1"}
    assert environment.nodes()["general-1"] == "True"


def test_a_machine_is_terminated_when_the_run_that_launched_it_was_killed_and_nobody_wants_it(
    environment: InCloud,
) -> None:
    before = listing.everything(REGION)
    _killed_in_launch(environment)
    environment.general_size -= 1
    environment.write_file()

    environment.up()

    changed = listing.difference(before, listing.everything(REGION))
    # Which targets are healthy says where the gateway's pods are, and it had no target yet.
    left = {call: told for call, told in changed.items() if not call.startswith("elbv2:DescribeTargetHealth")}
    assert left == {}, json.dumps(left, indent=2)


def test_a_machine_is_finished_when_the_run_that_launched_it_was_killed(environment: InCloud) -> None:
    _killed_in_launch(environment)
    launched = environment.instances("pending")

    environment.up()

    assert environment.instances() == launched
    assert environment.nodes()["general-2"] == "True"


def test_a_machine_is_there_again_when_the_run_that_terminated_it_was_killed(environment: InCloud) -> None:
    environment.general_size -= 1
    environment.write_file()
    assert killed_at(environment, "slipway:aws:Instance general-2 deleting")
    environment.general_size += 1
    environment.write_file()

    environment.up()

    assert set(environment.instances()) == {"bastion", "control-plane-0", "database-0", *GENERAL}
    assert {environment.nodes()[name] for name in GENERAL} == {"True"}
    environment.general_size -= 1
    environment.write_file()
    environment.up()
    assert "general-2" not in environment.nodes()


def test_a_pool_is_replaced_on_a_newer_image_and_no_request_is_lost(environment: InCloud) -> None:
    former = environment.instances()
    with newer_image(environment.cloud) as image, steady_load(environment, RATE) as entries:
        done = environment.slipway("up", NAME, "--replace", "general", "--json")

    told = summary(entries)
    sys.stdout.write(f"\nreplacing a pool: {told}\n")
    assert done.returncode == 0, done.stdout
    assert told["causes"] == {}
    result = json.loads(done.stdout)
    assert result["availability"]["failures"] == 0
    rate = len(entries) / (max(entry.due for entry in entries) - min(entry.due for entry in entries))
    assert rate > 0.9 * RATE
    now = environment.instances()
    assert {name for name in former if now[name] != former[name]} == {"general-0", "general-1"}
    assert {environment.described(name)["ImageId"] for name in ("general-0", "general-1")} == {image}
    assert environment.described("database-0")["ImageId"] != image


def test_a_rolling_update_of_the_gateway_loses_no_request(environment: InCloud) -> None:
    with steady_load(environment, RATE) as entries:
        roll(environment, "slipway-gateway", "traefik")

    assert len(entries) > 10 * RATE
    assert summary(entries)["causes"] == {}


def test_a_pool_is_exchanged_for_one_with_another_name_and_no_request_is_lost(environment: InCloud) -> None:
    environment.general_name = "web"
    environment.write_file()

    with steady_load(environment, RATE) as entries:
        done = environment.slipway("up", NAME, "--json")

    told = summary(entries)
    sys.stdout.write(f"\nexchanging a pool: {told}\n")
    assert done.returncode == 0, done.stdout
    assert told["causes"] == {}
    workers = {name for name in environment.instances() if name.startswith(("general", "web"))}
    assert workers == {"web-0", "web-1"}


def test_two_more_control_planes_join_and_it_stays_healthy(environment: InCloud) -> None:
    environment.control_planes = 3
    environment.write_file()

    environment.up()

    assert {name for name in environment.instances() if name.startswith("control-plane")} == CONTROL_PLANES
    assert {name for name, ready in environment.nodes().items() if ready == "True"} >= CONTROL_PLANES
    # A new API server may have asked for metrics before it had a network, and may tell so some seconds later.
    done = environment.slipway("health", NAME, "--wait", "60")
    assert done.returncode == 0, done.stdout


def test_the_first_of_three_control_planes_is_made_again_after_it_was_terminated(environment: InCloud) -> None:
    former, address = environment.instances(), environment.described("control-plane-0")["PrivateIpAddress"]
    environment.cloud.client("ec2").terminate_instances(InstanceIds=[former["control-plane-0"]])

    health = environment.slipway("health", NAME, "--json")
    with taken(address):
        mended = environment.slipway("up", NAME, "--refresh", "--json")

    assert "control-plane-0" in _failed(health.stdout)
    assert mended.returncode == 0, mended.stdout
    now = environment.instances()
    assert {name for name in former if now[name] != former[name]} == {"control-plane-0"}
    assert environment.described("control-plane-0")["PrivateIpAddress"] != address
    assert set(environment.nodes().values()) == {"True"}
    # A member that an earlier machine left would count in the majority, and never vote.
    assert environment.etcd_members("control-plane-1") == {
        name: f"https://{environment.described(name)['PrivateIpAddress']}:2380" for name in CONTROL_PLANES
    }


def test_nothing_is_left_in_the_account_or_in_the_engine_though_a_run_was_killed_before(environment: InCloud) -> None:
    _killed_in_launch(environment)

    done = environment.slipway("destroy", NAME, "--yes", "--json")

    assert done.returncode == 0, done.stdout
    # Images that were built for it are nobody's resource, and are swept up at the end in every place.
    assert {item["kind"] for item in json.loads(done.stdout)["swept"]} <= {"image"}
    left = listing.difference(environment.in_account, listing.everything(REGION))
    assert left == {}, json.dumps(left, indent=2)
    now, before = _in_engine(), environment.in_engine
    # Images that no environment uses any more go with the last one, whoever left them.
    assert now["images"] <= before["images"]
    assert {**now, "images": set()} == {**before, "images": set()}


def _killed_in_launch(environment: InCloud) -> None:
    """Kill a run that wants one more machine of the pool, as soon as AWS shows that machine."""
    machine = f"{environment.general_name}-{environment.general_size}"
    environment.general_size += 1
    environment.write_file()
    is_shown = f"slipway:aws:Instance {machine} creating"
    assert killed_at(environment, is_shown, once=lambda: machine in environment.instances("pending"))


def _failed(report: str) -> set[str]:
    checks: list[dict[str, Any]] = json.loads(report)["checks"]
    return {check["name"] for check in checks if check["status"] != "healthy"}


def _in_engine() -> dict[str, set[str]]:
    """Return everything that the container engine has."""
    engine = docker.from_env(timeout=120)
    return {
        "containers": {str(item.name) for item in engine.containers.list(all=True)},
        "networks": {str(item.name) for item in engine.networks.list()},
        "volumes": {str(item.name) for item in engine.volumes.list()},
        "images": {str(item.id) for item in engine.images.list(all=True)},
    }
