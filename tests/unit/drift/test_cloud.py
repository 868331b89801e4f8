"""What counts as drift in AWS: rules, routes, tags and secrets, and what AWS changes by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.drift.cloud import adoption
from operations.drift.cloud.comparison import compare
from operations.drift.cloud.known import Known
from operations.drift.cloud.properties import differences, flat
from operations.drift.cloud.recorded_part import CloudResource, dependent_on, recorded_part
from operations.drift.cloud.strangers_ec2 import LISTINGS, in_vpc
from operations.drift.finding import SECRET, Change, Finding
from operations.drift.recorded import recorded_state
from operations.drift.secret_texts import SIGNATURE
from operations.preview.engine_events import read_plan
from operations.stack_state import parse_state

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "urn:pulumi:shop::slipway::"
STACK = f"{ROOT}pulumi:pulumi:Stack::slipway-shop"
PROVIDER = f"{ROOT}pulumi:providers:slipway::aws"
HIDDEN = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": SECRET}
SSH = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["203.0.113.7/32"]}


def urn(kind: str, name: str) -> str:
    return f"{ROOT}slipway:index:CloudNetwork$slipway:aws:{kind}::{name}"


def resource(kind: str, name: str, **more: Any) -> CloudResource:  # noqa: ANN401
    return CloudResource(**{"urn": urn(kind, name), "kind": kind, "id": f"{name}-id", "provider": PROVIDER,
                            "inputs": {}, "outputs": {}, **more})  # fmt: skip


def step(kind: str, name: str, operation: str, old: dict[str, Any], new: dict[str, Any] | None, **more: Any) -> str:  # noqa: ANN401
    one = {"urn": urn(kind, name), "type": f"slipway:aws:{kind}", "op": operation, **more}
    one["old"] = {"id": f"{name}-id", "custom": True, "inputs": old, "outputs": old}
    one["new"] = new and {**one["old"], "inputs": new, "outputs": new}
    return json.dumps({"resOutputsEvent": {"metadata": one}})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (SSH, "ingress tcp 22 203.0.113.7/32"),
        ({**SSH, "toPort": 25.0}, "ingress tcp 22-25 203.0.113.7/32"),
        ({"protocol": "-1", "self": True}, "ingress all itself"),
        ({"protocol": "udp", "fromPort": 53, "toPort": 53, "sourceSecurityGroupIds": ["sg-1"]}, "ingress udp 53 sg-1"),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule: dict[str, Any], text: str) -> None:
    assert flat({"ingress": [rule]}) == {text: "open"}


def test_each_rule_stands_for_itself_and_their_order_means_nothing() -> None:
    web = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    everybody = {**SSH, "cidrBlocks": ["0.0.0.0/0"]}
    found = differences({"ingress": [SSH, web]}, {"ingress": [everybody, web, SSH]}, {}, {})
    assert found == [("ingress tcp 22 0.0.0.0/0", "", "open")]
    described = {"ingress": [{**SSH, "description": "mine"}]}
    assert differences({"ingress": [SSH]}, described, {}, {}) == [("ingress tcp 22 203.0.113.7/32", "open", "mine")]


def test_a_route_is_known_by_where_it_leads() -> None:
    old = {"routes": [{"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}]}
    new = {"routes": [{"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]}
    assert differences(old, new, {}, {}) == [("route 0.0.0.0/0", "nat-1", "igw-1")]


def test_what_aws_changes_by_itself_is_no_drift() -> None:
    old, new = {"state": "running", "latestVersion": 1}, {"state": "pending", "latestVersion": 2}
    assert differences({}, {}, {**old, "defaultVersion": 1}, {**new, "defaultVersion": 2}) == []
    assert differences({}, {}, {**old, "defaultVersion": 1}, {**new, "defaultVersion": 1}) == []
    chosen = differences({}, {}, {"defaultVersion": 3, "latestVersion": 3}, {"defaultVersion": 1, "latestVersion": 3})
    assert chosen == [("defaultVersion", "3", "1")]


def test_a_public_address_counts_unless_the_machine_stands_still() -> None:
    assert differences({}, {}, {"publicIp": None}, {"publicIp": "3.1.2.3"}) == [("publicIp", "", "3.1.2.3")]
    stopped = differences({"running": True}, {"running": False}, {"publicIp": "3.1.2.3"}, {"publicIp": None})
    assert stopped == [("running", "true", "false")]


def test_a_renamed_thing_is_one_difference() -> None:
    old, new = {"name": "a", "tags": {"Name": "a"}}, {"name": "b", "tags": {"Name": "b"}}
    assert differences(old, new, {}, {}) == [("tags.Name", "a", "b")]


def test_a_tag_under_a_telling_name_is_not_shown() -> None:
    assert flat({"tags": {"db-password": "canary"}}) == {"tags.db-password": SECRET}


def test_what_is_gone_and_what_changed_become_findings() -> None:
    recorded = [resource("Instance", "node", inputs={"name": "slipway-shop-node"}), resource("Subnet", "a")]
    lines = [
        step("Instance", "node", "delete", {}, None),
        step("Subnet", "a", "update", {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": True}),
    ]
    findings, unchecked = compare(read_plan(lines), recorded)
    assert [(one.resource, one.property, one.change, one.was, one.now) for one in findings] == [
        ("slipway-shop-node", "object", Change.MISSING, "present", ""),
        ("a", "mapPublicIpOnLaunch", Change.CHANGED, "false", "true"),
    ]
    assert unchecked == []


def test_a_registration_goes_with_its_machine() -> None:
    recorded = [
        resource("Instance", "node"),
        resource("TargetAttachment", "target", inputs={"targetId": "node-id"}),
        resource("TargetAttachment", "other", inputs={"targetId": "spare-id"}),
    ]
    lines = [step(item.kind, item.name, "delete", {}, None) for item in recorded]
    assert [one.resource for one in compare(read_plan(lines), recorded)[0]] == ["node", "other"]


def test_a_changed_secret_is_told_without_its_value() -> None:
    diff = {"userData": {"diffKind": "update", "inputDiff": True}}
    line = step("LaunchTemplate", "t", "update", {"userData": HIDDEN}, {"userData": HIDDEN}, detailedDiff=diff)
    found = compare(read_plan([line]), [resource("LaunchTemplate", "t")])[0]
    assert [(one.property, one.change, one.was, one.now) for one in found] == [
        ("userData", Change.CHANGED, SECRET, SECRET)
    ]


def test_each_reason_is_told_once() -> None:
    names = ["a", "b", "c", "d"]
    said = [
        {"diagnosticEvent": {"severity": "error", "urn": urn("Subnet", name), "message": f"Subnet '{name}': refused"}}
        for name in names
    ]
    plan = read_plan([json.dumps(one) for one in said])
    _, unchecked = compare(plan, [resource("Subnet", name) for name in names])
    assert [(one.what, one.why) for one in unchecked] == [("Subnet a, Subnet b, Subnet c and 1 more in AWS", "refused")]


def exported() -> dict[str, Any]:
    network = f"{ROOT}slipway:index:CloudNetwork::network"
    own = {"custom": True, "provider": f"{PROVIDER}::4711", "parent": network}
    entries = [
        {"urn": STACK, "type": "pulumi:pulumi:Stack"},
        {"urn": PROVIDER, "type": "pulumi:providers:slipway", "id": "4711", "inputs": {"region": "eu-central-1"}},
        {"urn": network, "type": "slipway:index:CloudNetwork", "parent": STACK},
        {"urn": f"{ROOT}docker:index/image:Image::i", "type": "docker:index/image:Image", "id": "i", "parent": STACK},
        {"urn": urn("Vpc", "vpc"), "type": "slipway:aws:Vpc", "id": "vpc-1", **own,
         "dependencies": [f"{ROOT}docker:index/image:Image::i"], "modified": "2026-11-30T06:59:36.386331234Z"},
        {"urn": urn("Subnet", "a"), "type": "slipway:aws:Subnet", "id": "subnet-1", **own,
         "propertyDependencies": {"vpcId": [urn("Vpc", "vpc")]}},
        {"urn": urn("Subnet", "a"), "type": "slipway:aws:Subnet", "id": "subnet-0", "delete": True, **own},
    ]  # fmt: skip
    pending = {"type": "creating", "resource": {"urn": "u", "type": "t"}}
    return {"version": 3, "deployment": {"resources": entries, "pending_operations": [pending]}}


def test_only_what_is_of_aws_is_looked_at_with_what_it_hangs_on() -> None:
    part = recorded_part(json.dumps(exported()))
    kept = part.deployment["deployment"]
    assert {item["type"] for item in kept["resources"]} == {
        "pulumi:pulumi:Stack", "pulumi:providers:slipway", "slipway:index:CloudNetwork", "slipway:aws:Vpc",
        "slipway:aws:Subnet",
    }  # fmt: skip
    assert "pending_operations" not in kept
    assert [item["dependencies"] for item in kept["resources"] if item["type"] == "slipway:aws:Vpc"] == [[]]
    assert [(item.id, str(item.modified_at)[:19]) for item in part.resources] == [
        ("vpc-1", "2026-11-30 06:59:36"),
        ("subnet-1", "0001-01-01 00:00:00"),
    ]
    assert part.providers == {PROVIDER: {"region": "eu-central-1"}}


def test_what_is_made_of_something_lost_is_made_anew_too() -> None:
    state = parse_state(json.dumps(exported()))
    assert dependent_on({urn("Vpc", "vpc")}, state.resources) == {urn("Subnet", "a")}
    assert dependent_on(set(), state.resources) == set()


class Pages:
    """A client with one page of everything."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self._items = items

    def get_paginator(self, _method: str) -> Pages:
        """Return itself."""
        return self

    def paginate(self, **_asked: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        """Yield the page."""
        yield {"NetworkInterfaces": self._items}


def test_interfaces_of_machines_and_gateways_are_nobodys_secret() -> None:
    known = Known("shop", [resource("Vpc", "vpc"), resource("Instance", "node")])
    first = {"NetworkInterfaceId": "eni-1", "Attachment": {"InstanceId": "node-id", "DeviceIndex": 0}}
    items: list[dict[str, Any]] = [
        first,
        {**first, "NetworkInterfaceId": "eni-2", "Attachment": {"InstanceId": "node-id", "DeviceIndex": 1}},
        {"NetworkInterfaceId": "eni-3", "Attachment": {"InstanceId": "i-of-somebody", "DeviceIndex": 0}},
        {"NetworkInterfaceId": "eni-4", "RequesterManaged": True},
        {"NetworkInterfaceId": "eni-5", "InterfaceType": "nat_gateway"},
        {"NetworkInterfaceId": "eni-6", "Attachment": {"AttachmentId": "ela-attach-1"}},
        {"NetworkInterfaceId": "eni-7", "TagSet": [{"Key": "Name", "Value": "tap"}]},
    ]
    listing = next(one for one in LISTINGS if one.kind == "NetworkInterface")
    assert [one.name for one in in_vpc(Pages(items), listing, known)] == ["eni-2", "tap (eni-7)"]


SETTINGS = {"pools": [{"name": "general"}, {"name": "database"}]}


@pytest.mark.parametrize(
    ("kind", "name", "what", "change", "advice"),
    [
        ("SecurityGroup", "group-bastion", "ingress tcp 22 198.51.100.9/32", Change.UNRECORDED,
         "aws.adminCidrs: with 198.51.100.9/32"),
        ("SecurityGroup", "group-bastion", "ingress tcp 22 198.51.100.9/32", Change.MISSING,
         "aws.adminCidrs: without 198.51.100.9/32"),
        ("SecurityGroup", "group-machines", "ingress tcp 22 198.51.100.9/32", Change.UNRECORDED, None),
        ("LaunchTemplate", "database-0-template", "instanceType", Change.CHANGED,
         "pools[1].instanceType: m6i.large  # for all machines of the pool 'database' that are made later"),
        ("LaunchTemplate", "bastion-template", "instanceType", Change.CHANGED, None),
        ("EcrRepository", "registry-api", "lifecycle.keepTagged", Change.CHANGED, "aws.keepImages: m6i.large"),
    ],
)  # fmt: skip
def test_the_environments_file_says_how_to_keep_it(
    kind: str, name: str, what: str, change: Change, advice: str | None
) -> None:
    nodes = [{"name": "database-0", "pool": "database", "roles": ["worker"]}]
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"nodes": nodes}}
    state = recorded_state(parse_state(json.dumps({"deployment": {"resources": [stack]}})))
    finding = Finding(
        layer="machines", kind=kind, resource="x", property=what, change=change, now="m6i.large", urn=urn(kind, name)
    )
    assert adoption.environment_key(finding, state, SETTINGS) == advice


def test_a_stranger_joins_by_an_import() -> None:
    finding = Finding(
        layer="machines", kind="SecurityGroup", resource="debug (sg-0a1b)", property="object", change=Change.UNRECORDED
    )
    assert adoption.unrecorded(finding).endswith("pulumi import slipway:aws:SecurityGroup NAME sg-0a1b")
