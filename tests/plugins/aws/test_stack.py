"""A whole network with a machine, by the real engine: up, kill, up, refresh, replacement, destroy, and nothing left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust.killing import CLI, Update

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.broken_api import BrokenApi

HERE = Path(__file__).parent
PLUGINS = f"plugins:\n  providers:\n    - name: slipway\n      path: {HERE.parents[2] / 'plugins' / 'slipway'}\n"
MINE = [{"Name": "tag:slipway:environment", "Values": ["stack-test"]}]
LISTINGS = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_internet_gateways": "InternetGateways",
    "describe_addresses": "Addresses",
    "describe_route_tables": "RouteTables",
    "describe_security_groups": "SecurityGroups",
    "describe_key_pairs": "KeyPairs",
    "describe_launch_templates": "LaunchTemplates",
    "describe_volumes": "Volumes",
}


@pytest.fixture
def stack(tmp_path: Path, api: BrokenApi, image: str) -> Stack:
    made = Stack(tmp_path, "", "cloud", "c", plugins=PLUGINS)
    made.write((HERE / "program.py").read_text())
    made.environment |= {"TEST_ENDPOINT": api.address, "TEST_IMAGE": image, "TEST_INSTANCE_TYPE": "t3.medium"}
    return made


def left_over(boto: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return what the stack has at AWS, by a listing through every API that it uses."""
    ec2, iam = boto("ec2"), boto("iam")
    groups = ec2.describe_instances(Filters=MINE)["Reservations"]
    found = [machine for group in groups for machine in group["Instances"] if machine["State"]["Name"] != "terminated"]
    found += [nat for nat in ec2.describe_nat_gateways(Filter=MINE)["NatGateways"] if nat["State"] != "deleted"]
    for method, key in LISTINGS.items():
        found += getattr(ec2, method)(Filters=MINE)[key]
    found += [role for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("role-")]
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    return found + [profile for profile in profiles if profile["InstanceProfileName"].startswith("role-")]


def test_network_with_a_machine_from_nothing_to_nothing(
    stack: Stack, api: BrokenApi, boto: Callable[[str], Any]
) -> None:
    # A run that is killed between AWS's answer and the state's write: the next one goes on with what it made.
    killed = Update(stack)

    def kill() -> None:
        killed.kill(CLI)
        killed.kill("slipway plugin")

    api.afterwards["CreateSecurityGroup"] = kill
    killed.wait_until_all_are_gone()
    assert "CreateSecurityGroup" not in api.afterwards, killed.output()
    stack.run("cancel", "--yes")
    stack.run("up", "--yes", "--skip-preview")
    mine = boto("ec2").describe_security_groups(Filters=MINE)["SecurityGroups"]
    assert len(mine) == 1
    assert len(api.asked("CreateSecurityGroup")) == 1

    outputs = json.loads(stack.run("stack", "output", "--json"))
    assert outputs["privateIp"].startswith("10.40.1.")
    assert (outputs["vcpus"], outputs["zones"]) == (2, ["eu-central-1a", "eu-central-1b", "eu-central-1c"])
    assert "canary-of-the-user-data" not in json.dumps(stack.checkpoint())
    assert "testing-secret" not in json.dumps(stack.exported())
    stack.run("preview", "--expect-no-changes")

    # What somebody changed is shown, exactly that, and put right.
    subnet = boto("ec2").describe_subnets(Filters=MINE)["Subnets"][0]["SubnetId"]
    boto("ec2").create_tags(Resources=[subnet], Tags=[{"Key": "foreign", "Value": "1"}])
    anybody = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    boto("ec2").authorize_security_group_ingress(GroupId=mine[0]["GroupId"], IpPermissions=[anybody])
    refreshed = stack.run("refresh", "--yes", "--skip-preview")
    assert "~ 2 updated" in refreshed, refreshed
    assert "~ 2 to update" in stack.run("preview")
    stack.run("up", "--yes", "--skip-preview")

    # Another machine comes before the old one goes.
    stack.environment["TEST_INSTANCE_TYPE"] = "t3.large"
    asked = len(api.requests)
    stack.run("up", "--yes", "--skip-preview")
    actions = [request["Action"] for request in api.requests[asked:]]
    assert actions.index("RunInstances") < actions.index("TerminateInstances")

    assert left_over(boto)
    stack.run("destroy", "--yes", "--skip-preview")
    assert not left_over(boto)
