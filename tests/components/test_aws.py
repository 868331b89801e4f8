"""The place `aws`: a network over three zones, instances behind a bastion, a load balancer, repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
import yaml

from stacks.settings import SettingsError

from .conftest import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stacks.settings import Settings

    from .registered import Environment, Registered

ADMIN = "203.0.113.7/32"
POOLS = [
    {"name": "general", "size": 4, "instanceType": "m6i.large", "spot": True},
    {"name": "database", "size": 1, "instanceType": "m6i.large", "diskGib": 100},
]
CLOUD: dict[str, Any] = {"region": "eu-central-1", "adminCidrs": [ADMIN], "hostedZone": "example.org"}


def in_aws(cloud: dict[str, Any] | None = None, **more: Any) -> Settings:  # noqa: ANN401 - any entries
    place = {"place": "aws", "publicName": "shop.example.org", "aws": {**CLOUD, **(cloud or {})}}
    return settings(**{**place, "controlPlane": {"count": 3, "instanceType": "m6i.large"}, "pools": POOLS, **more})


@pytest.fixture(scope="module")
def environment(register: Callable[[Settings], Environment]) -> Environment:
    return register(in_aws())


def _openings(group: Registered) -> set[tuple[int, str]]:
    return {
        (rule["fromPort"], source)
        for rule in group.inputs["ingress"]
        if "fromPort" in rule
        for source in rule.get("cidrBlocks") or rule["sourceSecurityGroupIds"]
    }


def test_the_engine_of_this_computer_runs_nothing_of_it(environment: Environment) -> None:
    assert not environment.all("container:Container")
    assert not environment.all("network:Network")


def test_machines_are_spread_over_the_zones_without_a_public_address(environment: Environment) -> None:
    subnets = {resource.name: resource.inputs for resource in environment.all("aws:Subnet")}
    placed = {each.name: each.inputs["subnetId"].removesuffix("-id") for each in environment.all("aws:Instance")}

    assert len({subnet["cidrBlock"] for subnet in subnets.values()}) == len(subnets) == 6
    zones = [subnets[placed[f"general-{index}"]]["availabilityZone"] for index in range(4)]
    assert zones == [f"eu-central-1{letter}" for letter in "abca"]
    assert not any(subnets[placed[name]]["mapPublicIpOnLaunch"] for name in placed if name != "bastion")
    assert subnets[placed["bastion"]]["mapPublicIpOnLaunch"]


def test_only_what_has_to_be_open_is(environment: Environment) -> None:
    group = {each.name: each for each in environment.all("aws:SecurityGroup")}

    assert _openings(group["group-bastion"]) == {(22, ADMIN)}
    assert _openings(group["group-load-balancer"]) == {
        (80, "0.0.0.0/0"), (443, "0.0.0.0/0"), (6443, ADMIN), (6443, "198.51.100.1/32"),
    }  # fmt: skip
    assert {source for _, source in _openings(group["group-machines"])} == {
        "group-bastion-id", "group-load-balancer-id",
    }  # fmt: skip


def test_host_keys_are_known_before_the_first_boot(environment: Environment) -> None:
    template = environment.one("aws:LaunchTemplate", "general-0-template").inputs
    user_data = template["userData"]["value"]  # a secret
    first_boot = yaml.safe_load(user_data)

    assert user_data.startswith("#cloud-config\n")
    assert first_boot["ssh_keys"] == {"ed25519_private": "private", "ed25519_public": "ssh-ed25519 AAAA x"}
    assert [(user["name"], user["ssh_authorized_keys"]) for user in first_boot["users"]] == [
        ("slipway", ["ssh-ed25519 AAAA x"])
    ]
    (host,) = environment.one("AnsibleRun", "general-0-prepare").inputs["hosts"]
    assert host["address"] == "10.60.64.7"
    assert (host["jump"]["address"], host["jump"]["ownKey"]) == ("198.51.100.7", True)


def test_only_pools_that_allow_it_are_of_spare_capacity(environment: Environment) -> None:
    template = {each.name: each.inputs for each in environment.all("aws:LaunchTemplate")}

    assert template["general-0-template"]["spot"] == {"enabled": True}
    assert template["database-0-template"].get("spot") is None
    assert template["database-0-template"]["rootVolume"] == {"sizeGib": 100}
    assert template["bastion-template"].get("instanceProfileArn") is None


def test_workers_are_targets_until_they_have_left(environment: Environment) -> None:
    target = environment.one("aws:TargetAttachment", "general-0-https-target")
    control = environment.one("aws:TargetAttachment", "control-plane-0-api-target")

    assert target.urn in environment.one("AnsibleRun", "general-0-join").dependencies
    assert control.urn in environment.one("AnsibleRun", "cluster-control-plane").dependencies
    assert target.deleted_with.endswith("::load-balancer")


def test_a_gateway_serves_for_longer_than_the_load_balancer_needs_to_notice_its_end(environment: Environment) -> None:
    group = environment.one("aws:TargetGroup", "targets-https").inputs
    pod = environment.one("kubernetes:apps/v1:Deployment", "gateway").inputs["spec"]["template"]["spec"]

    check = group["healthCheck"]
    noticed_seconds = check["intervalSeconds"] * check["unhealthyThreshold"]
    (container,) = pod["containers"]
    (grace,) = {argument.split("=")[1] for argument in container["command"] if "websecure.transport" in argument}
    assert noticed_seconds < int(grace.removesuffix("s")) < pod["terminationGracePeriodSeconds"]
    assert group["unhealthyDrainingSeconds"] > 0
    assert environment.one("aws:TargetGroup", "targets-api").inputs["unhealthyDrainingSeconds"] == 0


def test_everything_inside_reaches_the_api_through_the_load_balancer(environment: Environment) -> None:
    started = environment.one("AnsibleRun", "cluster-control-plane").inputs["variables"]

    assert started["cluster_endpoint"] == "nlb.example.net:6443"
    assert environment.one("HttpGate", "cluster-door").inputs["url"] == "https://nlb.example.net:6443/readyz"
    assert environment.outputs["endpoints"]["apiServer"] == "https://nlb.example.net:6443"
    record = environment.one("aws:DnsRecord", "record").inputs
    assert (record["name"], record["alias"]["name"]) == ("shop.example.org", "nlb.example.net")


def test_images_have_repositories_and_logins_are_nobodys_input(environment: Environment) -> None:
    repositories = {each.inputs["name"] for each in environment.all("aws:EcrRepository")}
    pushed = environment.one("RegistryImage", "images-traefik")
    prepared = environment.one("AnsibleRun", "general-0-prepare").inputs

    assert {"slipway-trial/traefik", "slipway-trial/slipway/api"} <= repositories
    assert (pushed.inputs["repository"], pushed.inputs["loginFrom"]) == ("slipway-trial/traefik", "ecr")
    assert "password" not in pushed.inputs
    assert pushed.provider.endswith("::aws::aws-id")
    assert prepared["volatileSecretVariables"]["value"] == {"registry_password": "a token"}
    assert prepared.get("secretVariables") is None
    variables = prepared["variables"]
    assert (variables["registry_prefix"], variables["registry_port"]) == ("slipway-trial/", 443)
    assert "registry_endpoint" not in variables
    assert variables["container_runtime_credential_provider"]["repository"] == "credential-provider"


def test_an_image_is_pushed_under_a_tag_that_names_its_content(environment: Environment) -> None:
    name = environment.one("image:Image", "api").inputs["imageName"]

    repository, _, tag = name.rpartition(":")
    assert repository == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/slipway-trial/slipway/api"
    assert len(tag) == 16


def test_what_is_only_tried_never_reaches_somebodys_account(
    register: Callable[[Settings], Environment], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    emulated = in_aws({"emulator": {}})
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(pulumi.RunError, match="slipway env trial"):
        register(emulated)

    (tmp_path / "ca.pem").write_text("CA OF THE EMULATOR")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://172.31.244.1:4566")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    environment = register(emulated)

    assert environment.one("providers:slipway", "aws").inputs["endpointUrl"] == "https://172.31.244.1:4566"
    told = environment.one("AnsibleRun", "general-0-prepare").inputs["variables"]
    assert (told["registry_endpoint"], told["registry_ca_certificate"]) == (
        "https://172.31.244.1:4566",
        "CA OF THE EMULATOR",
    )
    assert environment.outputs["endpoints"]["apiServer"] == "https://172.31.244.2:6443"
    assert "dns" not in {
        target["kind"] for target in environment.outputs["healthTargets"] if target["layer"] == "gateway"
    }


def test_what_aws_does_not_have_is_one_error_before_anything_is_made(
    register: Callable[[Settings], Environment],
) -> None:
    wanted = in_aws(
        {"zones": ["eu-central-1a", "eu-central-1b", "eu-central-1x"]},
        pools=[
            {"name": "general", "size": 1, "instanceType": "m9.huge"},
            {"name": "database", "size": 1, "instanceType": "m7g.large"},
            {"name": "small", "size": 1, "cpu": 2, "instanceType": "t3.nano"},
        ],
    )

    with pytest.raises(SettingsError) as caught:
        register(wanted)

    zone, unknown, arm, small = caught.value.problems
    assert "aws.zones[2]: 'eu-central-1x' is no zone that is available; expected one of eu-central-1a, " in zone
    assert (
        "pools[0].instanceType: 'm9.huge' cannot be used; expected a type of the region: getInstanceType: " in unknown
    )
    assert "pools[1].instanceType: 'm7g.large' is no x86_64 machine; expected one, as images are" in arm
    assert "pools[2].instanceType: 't3.nano' has 2 cores and 512 MiB, but 2 and 2048 MiB are declared" in small
