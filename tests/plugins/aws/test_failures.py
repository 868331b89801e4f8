"""AWS on a bad day: throttling, quotas, permissions, late visibility, lost answers, launches that fail, kills."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.errors import InitializationFailed, ResourceFailed
from tests.plugins.aws.conftest import REGION, TAGS, new_engine
from tests.plugins.aws.engine import Made
from tests.plugins.aws.test_compute import KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.plugins.aws.broken_api import BrokenApi
    from tests.plugins.aws.engine import Engine

VPC = {"cidrBlock": "10.77.0.0/16"}
MINE = [{"Name": "cidr-block", "Values": ["10.77.0.0/16", "10.78.0.0/16"]}]


@pytest.fixture
def vpcs(boto: Callable[[str], Any]) -> Callable[[], list[str]]:
    """Lists the VPCs that tests of this file made."""
    return lambda: [vpc["VpcId"] for vpc in boto("ec2").describe_vpcs(Filters=MINE)["Vpcs"]]


async def test_throttling_is_waited_out(engine: Engine, api: BrokenApi, vpcs: Callable[[], list[str]]) -> None:
    api.fail("CreateVpc", "RequestLimitExceeded", times=3, status=503)
    vpc = await engine.create("Vpc", **VPC)
    assert len(api.asked("CreateVpc")) == 4
    assert vpcs() == [vpc.id]
    assert "trying ec2:CreateVpc again: RequestLimitExceeded" in engine.statuses


async def test_what_aws_does_not_see_yet_is_waited_for(engine: Engine, api: BrokenApi) -> None:
    api.fail("DescribeVpcs", "InvalidVpcID.NotFound", times=2)
    vpc = await engine.create("Vpc", **VPC)
    api.fail("CreateSubnet", "InvalidVpcID.NotFound", times=2)
    subnet = await engine.create("Subnet", vpcId=vpc.id, cidrBlock="10.77.1.0/24")
    assert subnet.outputs["vpcId"] == vpc.id
    api.fail("DescribeSubnets", "InvalidSubnetID.NotFound")
    assert await engine.refresh(subnet) is None


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        (
            "CreateVpc",
            "VpcLimitExceeded",
            "ec2:CreateVpc was refused with VpcLimitExceeded: .* quota .*Service Quotas",
        ),
        ("CreateVpc", "UnauthorizedOperation", "Allow the action ec2:CreateVpc to whoever runs this"),
        ("CreateVpc", "RequestExpired", "The credentials have expired. Log in again"),
        ("CreateVpc", "AuthFailure", "AWS does not know these credentials"),
        ("CreateRole", "AccessDenied", "Allow the action iam:CreateRole"),
        ("CreateRole", "ExpiredToken", "The credentials have expired"),
        ("CreateInstanceProfile", "LimitExceeded", "iam:CreateInstanceProfile .* quota"),
    ],
)
async def test_refusal_names_action_code_and_next_step(
    engine: Engine, api: BrokenApi, action: str, code: str, said: str
) -> None:
    api.fail(action, code, "told so. Encoded authorization failure message: abcdef")
    noun, program = ("Vpc", VPC) if action == "CreateVpc" else ("InstanceRole", {"name": "refused"})
    with pytest.raises(ResourceFailed, match=f"(?s)^{noun} 'x': .*{said}") as failed:
        await engine.create(noun, **program)
    assert "abcdef" not in str(failed.value)
    assert "testing-secret" not in str(failed.value)
    assert len(api.asked("DeleteRole")) == (action == "CreateInstanceProfile")


async def launch(engine: Engine, image: str) -> dict[str, Any]:
    """Return the program of a machine, with all that it needs made."""
    vpc = await engine.create("Vpc", **VPC)
    subnet = await engine.create("Subnet", vpcId=vpc.id, cidrBlock="10.77.1.0/24", availabilityZone="eu-central-1a")
    template = await engine.create("LaunchTemplate", imageId=image, instanceType="t3.large")
    return {"launchTemplateId": template.id, "subnetId": subnet.id, "name": "node"}


async def test_missing_capacity_names_zone_and_type(engine: Engine, image: str, api: BrokenApi) -> None:
    program = await launch(engine, image)
    api.fail("RunInstances", "InsufficientInstanceCapacity", "We have none.")
    with pytest.raises(ResourceFailed, match="another zone or another instance type") as failed:
        await engine.create("Instance", **program)
    assert "Zone: eu-central-1a, instance type: t3.large" in str(failed.value)


async def test_launch_that_fails_says_why_and_leaves_nothing(
    engine: Engine, image: str, api: BrokenApi, boto: Callable[[str], Any]
) -> None:
    program = await launch(engine, image)
    reason = "<stateReason><code>Client.InvalidKMSKey</code><message>The key is disabled</message></stateReason>"
    api.changes["DescribeInstances"] = lambda text: re.sub(
        "<stateReason.*</stateReason>", reason, text.replace("<name>running</name>", "<name>terminated</name>")
    )
    with pytest.raises(ResourceFailed, match=r"(?s)launch of i-.* failed: The key is disabled.*t3.large") as failed:
        await engine.create("Instance", **program)
    assert not isinstance(failed.value, InitializationFailed)
    api.changes.clear()
    first = api.asked("RunInstances")[0]
    node = await engine.create("Instance", **program)
    assert api.asked("RunInstances")[-1]["ClientToken"] != first["ClientToken"]
    boto("ec2").terminate_instances(InstanceIds=[item for item in all_machines(boto) if item != node.id])


def all_machines(boto: Callable[[str], Any]) -> list[str]:
    found = boto("ec2").describe_instances()["Reservations"]
    return [machine["InstanceId"] for group in found for machine in group["Instances"]]


async def test_machine_and_its_disks_are_tagged_by_the_launch_itself(
    engine: Engine, image: str, api: BrokenApi
) -> None:
    await engine.create("Instance", **await launch(engine, image))
    request = api.asked("RunInstances")[0]
    kinds = {request[f"TagSpecification.{at}.ResourceType"]: f"TagSpecification.{at}.Tag." for at in (1, 2)}
    for start in kinds.values():
        values = [value for key, value in request.items() if key.startswith(start)]
        assert {*TAGS, *TAGS.values(), "Name", "node"} <= set(values)
    assert set(kinds) == {"instance", "volume"}


async def test_creation_whose_answer_got_lost_is_found_and_not_repeated(
    engine: Engine, api: BrokenApi, vpcs: Callable[[], list[str]]
) -> None:
    api.lose("CreateVpc")
    vpc = await engine.create("Vpc", **VPC)
    assert vpcs() == [vpc.id]
    assert len(api.asked("CreateVpc")) == 1


async def killed(engine: Engine, noun: str, **program: Any) -> Made:  # noqa: ANN401
    """Make something in a run that is killed before its state is written."""
    made = await engine.create(noun, **program)
    engine.state.remove(made)
    return made


async def test_run_after_a_kill_goes_on_with_what_was_made(
    engine: Engine, image: str, api: BrokenApi, boto: Callable[[str], Any], tmp_path: Path
) -> None:
    program = await launch(engine, image)
    made = [
        await killed(engine, "Instance", **program),
        await killed(engine, "KeyPair", publicKey=KEY),
        await killed(engine, "InstanceRole", name="killed"),
        await killed(engine, "SecurityGroup", vpcId=engine.state[0].id),
        await killed(engine, "NatGateway", subnetId=program["subnetId"]),
        await killed(engine, "RouteTable", vpcId=engine.state[0].id),
    ]
    addresses = len(boto("ec2").describe_addresses()["Addresses"])
    looking = await new_engine(api, tmp_path)
    refreshed = [await looking.refresh(replace(old, id=UNRECORDED, outputs={})) for old in made]
    assert [found and found.id for found in refreshed] == [old.id for old in made]
    resumed = await new_engine(api, tmp_path)
    again = [await resumed.create(old.noun, **old.inputs) for old in made]
    assert [new.id for new in again] == [old.id for old in made]
    assert len(boto("ec2").describe_addresses()["Addresses"]) == addresses
    await resumed.destroy()


async def test_what_was_refused_or_never_asked_for_is_not_found(engine: Engine, api: BrokenApi) -> None:
    inputs = await engine.check("Vpc", "x", VPC)
    assert await engine.refresh(Made("Vpc", "x", UNRECORDED, inputs, {})) is None
    api.fail("CreateVpc", "UnauthorizedOperation")
    with pytest.raises(ResourceFailed):
        await engine.create("Vpc", **VPC)
    assert await engine.refresh(Made("Vpc", "x", UNRECORDED, inputs, {})) is None


async def test_run_after_a_kill_replaces_what_the_program_changed_since(
    engine: Engine, api: BrokenApi, vpcs: Callable[[], list[str]], tmp_path: Path
) -> None:
    await killed(engine, "Vpc", **VPC)
    resumed = await new_engine(api, tmp_path)
    other = await resumed.create("Vpc", cidrBlock="10.78.0.0/16")
    assert vpcs() == [other.id]
    await resumed.destroy()


async def test_replacement_does_not_take_what_the_state_has_for_left_over(
    engine: Engine, api: BrokenApi, vpcs: Callable[[], list[str]], tmp_path: Path
) -> None:
    old = await engine.create("Vpc", **VPC)
    resumed = await new_engine(api, tmp_path)  # that run ended badly after its state was written
    await resumed.check("Vpc", "x", VPC, old)  # as with --replace: nobody shows the id
    new = await resumed.create("Vpc", **VPC)
    assert sorted(vpcs()) == sorted([old.id, new.id])
    await resumed.destroy()


async def test_what_was_made_but_did_not_get_ready_is_kept_for_the_next_run(
    engine: Engine, api: BrokenApi, vpcs: Callable[[], list[str]]
) -> None:
    api.fail("ModifyVpcAttribute", "UnauthorizedOperation", times=1)
    with pytest.raises(InitializationFailed, match="ec2:ModifyVpcAttribute") as failed:
        await engine.create("Vpc", **VPC)
    assert vpcs() == [failed.value.id]
    made = type(await engine.imported("Vpc", failed.value.id))
    kept = made("Vpc", "x", failed.value.id, failed.value.inputs, failed.value.outputs)
    engine.state.append(kept)
    assert (await engine.update(kept, **VPC)).outputs["enableDnsHostnames"] is True


async def test_ctrl_c_ends_a_wait_at_once(engine: Engine, api: BrokenApi) -> None:
    vpc = await engine.create("Vpc", **VPC)
    api.fail("DeleteVpc", "DependencyViolation", times=1000)
    waiting = asyncio.create_task(engine.delete(vpc))
    await asyncio.wait_for(engine.speaking.wait(), 30)
    began = time.monotonic()
    await engine.provider.cancel()
    with pytest.raises(ResourceFailed, match="interrupted while waiting for what still uses it to go"):
        await waiting
    assert time.monotonic() - began < 1
    await engine.configure(region=REGION, endpointUrl=api.address, defaultTags=TAGS)
