"""Key pairs, roles, templates and machines against moto."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plugins.rpc.values import UNKNOWN, Secret, reveal
from tests.plugins.aws.conftest import TAGS
from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine, Made

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
MANAGED = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"


async def test_key_pair_lives_and_dies(engine: Engine) -> None:
    pair = await engine.create("KeyPair", publicKey=f"{KEY} me@here", name="machines")
    assert pair.outputs["keyName"].startswith("machines-")
    assert await engine.refresh(pair) == pair
    assert not (await engine.diff(pair, publicKey=f"{KEY} you@there", name="machines")).changes
    assert (await engine.diff(pair, publicKey=f"{KEY[:-1]}m")).replaces == ["publicKey"]
    assert (await engine.imported("KeyPair", pair.id) or pair).inputs["tags"] == pair.inputs["tags"]
    await engine.delete(pair)
    assert await engine.refresh(pair) is None
    assert "publicKey" in await engine.refusals("KeyPair", publicKey="-----BEGIN OPENSSH PRIVATE KEY-----")


async def test_instance_role_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    iam = boto("iam")
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    program = {"name": "node", "managedPolicyArns": [own], "inlinePolicies": {"read": json.dumps(POLICY, indent=2)}}
    role = await engine.create("InstanceRole", **program)
    assert role.outputs["instanceProfileArn"].endswith(f"/{role.id}")
    assert role.outputs["tags"] == {**TAGS, "Name": "node"}
    assert await engine.refresh(role) == role
    imported = await engine.imported("InstanceRole", role.id)
    assert imported
    assert not (await engine.diff(imported, **program)).changes

    iam.detach_role_policy(RoleName=role.id, PolicyArn=own)
    iam.put_role_policy(RoleName=role.id, PolicyName="foreign", PolicyDocument=json.dumps(POLICY))
    seen = await engine.refresh(role)
    assert seen
    assert set(changed(await engine.diff(seen, **program))) == {"managedPolicyArns", "inlinePolicies.foreign"}
    assert await engine.update(seen, **program) == role

    program = {"name": "node", "assumeService": "ecs.amazonaws.com", "tags": {"team": "a"}}
    role = await engine.update(role, **program)
    assert (role.outputs["assumeService"], role.outputs["managedPolicyArns"]) == ("ecs.amazonaws.com", [])
    assert role.outputs["tags"]["team"] == "a"
    await engine.delete(role)
    assert await engine.refresh(role) is None
    assert role.id not in str(iam.list_instance_profiles())
    await engine.delete(role)
    iam.delete_policy(PolicyArn=own)


async def test_wrong_policies_are_refused(engine: Engine) -> None:
    refusals = await engine.refusals("InstanceRole", managedPolicyArns=["ReadOnly"], inlinePolicies={"a": "{"})
    assert set(refusals) == {"managedPolicyArns[0]", "inlinePolicies.a"}


async def test_template_gets_a_new_version_for_what_machines_are_launched_with(
    engine: Engine, image: str, boto: Callable[[str], Any]
) -> None:
    program: dict[str, Any] = {
        "imageId": image,
        "instanceType": "t3.medium",
        "userData": "#cloud-config\npassword: very-secret\n",
        "rootVolume": {"sizeGib": 20},
        "spot": {"maxPrice": "0.05"},
    }
    template = await engine.create("LaunchTemplate", **program)
    assert template.outputs["latestVersion"] == 1
    assert isinstance(template.inputs["userData"], Secret)
    assert isinstance(template.outputs["userData"], Secret)
    assert template.outputs["instanceTags"] == TAGS
    assert await engine.refresh(template) == template
    assert not (await engine.diff(template, **program)).changes
    imported = await engine.imported("LaunchTemplate", template.id)
    assert imported
    assert not (await engine.diff(imported, **program)).changes

    data = latest(boto, template)
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert data["InstanceMarketOptions"] == {"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.05"}}

    renamed = await engine.update(template, **program, name="other")
    assert renamed.outputs["latestVersion"] == 1
    foreseen = await engine.update(template, preview=True, **program, name="other")
    assert foreseen.outputs["latestVersion"] == 1
    bigger = {**program, "instanceType": "t3.large", "spot": None}
    foreseen = await engine.update(template, preview=True, **bigger)
    assert foreseen.outputs["latestVersion"] is UNKNOWN
    template = await engine.update(template, **bigger)
    assert (template.outputs["latestVersion"], template.outputs["defaultVersion"]) == (2, 2)
    assert "InstanceMarketOptions" not in latest(boto, template)

    loose = {"ImageId": image, "InstanceType": "t3.nano", "MetadataOptions": {"HttpTokens": "optional"}}
    boto("ec2").create_launch_template_version(LaunchTemplateId=template.id, LaunchTemplateData=loose)
    seen = await engine.refresh(template)
    assert seen
    shown = set(changed(await engine.diff(seen, **bigger)))
    assert shown == {"instanceType", "userData", "rootVolume", "metadataHopLimit", "instanceTags"}
    template = await engine.update(seen, **bigger)
    assert reveal(template.outputs["userData"]) == program["userData"]
    await engine.delete(template)
    assert await engine.refresh(template) is None


def latest(boto: Callable[[str], Any], template: Made) -> dict[str, Any]:
    versions = boto("ec2").describe_launch_template_versions(LaunchTemplateId=template.id, Versions=["$Latest"])
    data: dict[str, Any] = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return data


async def test_template_refuses_user_data_that_is_too_long(engine: Engine) -> None:
    refusals = await engine.refusals("LaunchTemplate", imageId="ami-1", instanceType="t3.nano", userData="x" * 16385)
    assert refusals == {"userData": "'userData' must be at most 16384 bytes, not 16385."}


async def machine(engine: Engine, image: str) -> tuple[Made, dict[str, Any]]:
    """Make a machine and all that it needs; return it with its program."""
    vpc = await engine.create("Vpc", cidrBlock="10.4.0.0/16")
    subnet = await engine.create("Subnet", vpcId=vpc.id, cidrBlock="10.4.1.0/24", availabilityZone="eu-central-1b")
    group = await engine.create("SecurityGroup", vpcId=vpc.id)
    template = await engine.create(
        "LaunchTemplate", imageId=image, instanceType="t3.medium", securityGroupIds=[group.id]
    )
    program = {
        "launchTemplateId": template.id,
        "launchTemplateVersion": template.outputs["latestVersion"],
        "subnetId": subnet.id,
        "name": "node-1",
    }
    return await engine.create("Instance", **program), program


async def test_instance_lives_and_dies(engine: Engine, image: str, boto: Callable[[str], Any]) -> None:
    node, program = await machine(engine, image)
    assert (node.outputs["state"], node.outputs["availabilityZone"]) == ("running", "eu-central-1b")
    assert node.outputs["privateIp"].startswith("10.4.1.")
    assert node.outputs["instanceType"] == "t3.medium"
    assert await engine.refresh(node) == node
    assert not (await engine.diff(node, **program)).changes
    assert (await engine.diff(node, **{**program, "launchTemplateVersion": 2})).replaces == ["launchTemplateVersion"]
    imported = await engine.imported("Instance", node.id)
    assert imported
    assert imported.inputs["subnetId"] == program["subnetId"]

    ec2 = boto("ec2")
    ec2.stop_instances(InstanceIds=[node.id])
    ec2.create_tags(Resources=[node.id], Tags=[{"Key": "slipway:environment", "Value": "mine"}])
    seen = await engine.refresh(node)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {
        "running": "UPDATE",
        'tags["slipway:environment"]': "UPDATE",
    }
    node = await engine.update(seen, **program)
    assert node.outputs["state"] == "running"
    await engine.delete(node)
    assert await engine.refresh(node) is None
    await engine.delete(node)


async def test_instance_that_was_terminated_behind_its_back_is_gone(
    engine: Engine, image: str, boto: Callable[[str], Any]
) -> None:
    node, _ = await machine(engine, image)
    boto("ec2").terminate_instances(InstanceIds=[node.id])
    assert await engine.refresh(node) is None
