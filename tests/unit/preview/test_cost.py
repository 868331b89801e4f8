"""The monthly estimate: what counts, what is unknown and said so, and where it is shown."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from operations.preview.cost.estimate import CostEstimate, estimate
from operations.preview.cost.prices import load_prices
from operations.preview.document import Form, written
from operations.preview.engine_events import read_plan
from operations.preview.page import make_page
from operations.preview.terminal import show
from policies.kubernetes_object import UNKNOWN

from .conftest import recorded

if TYPE_CHECKING:
    from operations.preview.plan import Plan

STACK = "urn:pulumi:cloud::slipway::pulumi:pulumi:Stack::slipway-cloud"
FRANKFURT = load_prices().regions["eu-central-1"]
TEMPLATE = {"instanceType": "t3.large", "rootVolume": {"sizeGib": 30, "type": "gp3"}}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:cloud::slipway::{kind}::{name}"


def event(op: str, kind: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """One step; `old` in `more` are its old inputs, else they are the new ones."""
    old, parent = more.get("old", inputs), more.get("parent", STACK)
    provider = f"{urn('pulumi:providers:slipway', 'aws')}::id"
    common = {"custom": True, "outputs": more.get("outputs", {}), "parent": parent, "provider": provider}
    states = {
        "old": {**common, "inputs": old, "id": more.get("id", name)} if op != "create" else None,
        "new": {**common, "inputs": inputs, "id": more.get("id", name) if op != "create" else ""}
        if op != "delete"
        else None,
    }
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn(kind, name), "type": kind, **states}}}


def aws(op: str, kind: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return event(op, f"slipway:aws:{kind}", name, inputs, **more)


def plan(*events: dict[str, Any], region: str | None = "eu-central-1") -> Plan:
    inputs = {"region": region} if region else {}
    provider = event("same", "pulumi:providers:slipway", "aws", inputs)
    ended = {"summaryEvent": {"result": "succeeded", "durationSeconds": 1}}
    return read_plan(json.dumps(each) for each in (provider, *events, ended))


def cost(*events: dict[str, Any], **more: Any) -> CostEstimate:  # noqa: ANN401
    found = estimate(plan(*events, **more))
    assert found is not None
    return found


def lines(of: CostEstimate) -> dict[str, tuple[int, int, float, float]]:
    return {
        line.kind: (line.count_before, line.count_after, float(line.before), float(line.after)) for line in of.lines
    }


def test_nothing_is_shown_without_anything_of_aws() -> None:
    page = make_page("local", recorded("first"), exit_code=0)
    assert page.cost is None
    assert "Cost a month" not in written(page, Form.MARKDOWN) + written(page, Form.HTML)
    assert json.loads(written(page, Form.JSON))["cost"] is None


def test_machines_count_by_the_type_in_their_template() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "lt-1", TEMPLATE),
        aws("same", "Instance", "general-0", {"launchTemplateId": "lt-1"}),
        aws("create", "Instance", "general-1", {"launchTemplateId": "lt-1"}),
    )
    assert lines(found) == {
        "machines, t3.large": (1, 2, 70.08, 140.16),  # 0.096 x 730
        "root volumes, gp3": (1, 2, 2.86, 5.71),  # 30 x 0.0952
    }
    assert (found.before, found.after, found.difference) == (Decimal("72.94"), Decimal("145.87"), Decimal("72.93"))
    assert found.unknown == []


def test_first_preview_finds_the_template_of_a_pool_without_any_id() -> None:
    pools = [event("create", "slipway:index:Pool", name, {}) for name in ("small", "large")]
    made = []
    for name, size in (("small", "t3.small"), ("large", "t3.xlarge")):
        parent = urn("slipway:index:Pool", name)
        template = {**TEMPLATE, "instanceType": size}
        made += [
            aws("create", "LaunchTemplate", f"{name}-template", template, parent=parent),
            aws("create", "Instance", f"{name}-0", {"launchTemplateId": UNKNOWN}, parent=parent),
        ]
    found = cost(*pools, *made)
    assert set(lines(found)) == {"machines, t3.small", "machines, t3.xlarge", "root volumes, gp3"}
    assert found.unknown == []


def test_first_preview_of_a_real_program_knows_every_price() -> None:
    found = estimate(recorded("aws"))
    assert found is not None
    assert (found.before, found.after, found.unknown) == (0, Decimal("344.14"), [])
    assert lines(found)["machines, m6i.xlarge"] == (0, 1, 0, 167.9)
    assert lines(found)["root volumes, gp3"][:2] == (0, 3)
    assert lines(found)["public IPv4 addresses"][:2] == (0, 2)  # one for each subnet of the load balancer


def test_template_that_cannot_be_told_is_unknown_and_not_nothing() -> None:
    templates = [
        aws("create", "LaunchTemplate", name, {**TEMPLATE, "instanceType": name}) for name in ("t3.small", "t3.large")
    ]
    found = cost(*templates, aws("create", "Instance", "a", {"launchTemplateId": UNKNOWN}))
    assert found.unknown == ["a: its instance type is known after the update"]
    assert lines(found)["machines"] == (0, 1, 0, 0)
    page = make_page("cloud", plan(*templates, aws("create", "Instance", "a", {})), exit_code=0)
    assert "at least 2.86 USD" in written(page, Form.MARKDOWN)


def test_type_without_a_price_is_named() -> None:
    found = cost(
        aws("create", "LaunchTemplate", "lt", {**TEMPLATE, "instanceType": "u7i-12tb.224xlarge"}),
        aws("create", "Instance", "giant", {"launchTemplateId": UNKNOWN}),
    )
    assert found.unknown == ["giant: no price for u7i-12tb.224xlarge"]


def test_other_volume_and_unknown_size_are_named() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "a", {**TEMPLATE, "rootVolume": {"sizeGib": 30, "type": "io2"}}),
        aws("same", "LaunchTemplate", "b", {"instanceType": "t3.large"}),
        aws("same", "Instance", "of-a", {"launchTemplateId": "a"}),
        aws("same", "Instance", "of-b", {"launchTemplateId": "b"}),
    )
    assert found.unknown == [
        "of-a: no price for root volumes of type io2",
        "of-b: the size of its root volume is that of the image or not known yet",
    ]


@pytest.mark.parametrize(("region", "said"), [("mars-1", "no prices for the region mars-1"), (None, "is not known")])
def test_region_without_prices_is_named(region: str | None, said: str) -> None:
    found = cost(aws("create", "NatGateway", "gateway", {}), region=region)
    assert found.after == 0
    assert said in found.unknown[0]


def test_region_of_the_process_counts_where_the_provider_names_none() -> None:
    of = plan(aws("create", "NatGateway", "gateway", {}), region=None)
    found = estimate(of, default_region="eu-central-1")
    assert found is not None
    assert found.unknown == []


def test_spot_counts_its_typical_share() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "lt", {**TEMPLATE, "spot": {}}),
        aws("same", "Instance", "a", {"launchTemplateId": "lt"}),
    )
    share = load_prices().spot_share
    expected = round(FRANKFURT.instance_hour["t3"]["large"] * 730 * share, 2)
    assert lines(found)["machines, t3.large, spot"] == (1, 1, float(expected), float(expected))


def test_spot_that_is_switched_off_is_on_demand() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "lt", {**TEMPLATE, "spot": {"enabled": False}}),
        aws("same", "Instance", "a", {"launchTemplateId": "lt"}),
    )
    assert "machines, t3.large" in lines(found)


def test_stopped_machine_costs_its_disk() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "lt", TEMPLATE),
        aws("update", "Instance", "a", {"launchTemplateId": "lt", "running": False}, old={"launchTemplateId": "lt"}),
    )
    assert lines(found)["machines, t3.large"] == (1, 0, 70.08, 0)
    assert lines(found)["root volumes, gp3"][:2] == (1, 1)


def test_machine_that_stays_keeps_its_type() -> None:
    old = {**TEMPLATE, "instanceType": "t3.small"}
    found = cost(
        aws("update", "LaunchTemplate", "lt", TEMPLATE, old=old),
        aws("same", "Instance", "a", {"launchTemplateId": "lt"}, outputs={"instanceType": "t3.small"}),
    )
    assert lines(found)["machines, t3.small"][:2] == (1, 1)


def test_gateways_load_balancers_and_zones_bring_their_addresses() -> None:
    found = cost(
        aws("create", "NatGateway", "nat", {}),
        aws("create", "NetworkLoadBalancer", "public", {"subnetIds": [UNKNOWN, UNKNOWN, UNKNOWN]}),
        aws("create", "NetworkLoadBalancer", "private", {"subnetIds": ["a"], "internal": True}),
        aws("create", "HostedZone", "zone", {}),
        aws("create", "EcrRepository", "images", {}),
        aws("create", "Bucket", "backups", {}),
        aws("create", "Vpc", "vpc", {}),
    )
    assert lines(found) == {
        "NAT gateways": (0, 1, 0, 37.96),
        "hosted zones": (0, 1, 0, 0.5),
        "network load balancers": (0, 2, 0, 39.42),
        "public IPv4 addresses": (0, 4, 0, 14.6),
    }
    told = " ".join(found.not_in_it)
    for each in ("0.052 a GB", "capacity units", "DNS queries", "images in repositories", "objects and requests"):
        assert each in told


def test_machine_in_a_public_subnet_has_an_address() -> None:
    found = cost(
        aws("same", "LaunchTemplate", "lt", TEMPLATE),
        aws("same", "Subnet", "public", {"mapPublicIpOnLaunch": True}),
        aws("same", "Subnet", "private", {}),
        aws("same", "Instance", "a", {"launchTemplateId": "lt", "subnetId": "public"}),
        aws("same", "Instance", "b", {"launchTemplateId": "lt", "subnetId": "private"}),
    )
    assert lines(found)["public IPv4 addresses"][:2] == (1, 1)


def test_other_type_in_the_template_changes_the_price() -> None:
    found = cost(
        aws("update", "LaunchTemplate", "lt", {**TEMPLATE, "instanceType": "m5.large"}, old=TEMPLATE),
        aws("replace", "Instance", "a", {"launchTemplateId": "lt"}),
        aws("delete", "NatGateway", "nat", {}),
    )
    assert lines(found)["machines, t3.large"] == (1, 0, 70.08, 0)
    assert lines(found)["machines, m5.large"] == (0, 1, 0, 83.95)
    assert lines(found)["NAT gateways"] == (1, 0, 37.96, 0)


def test_preview_that_failed_has_no_estimate() -> None:
    failed = read_plan([json.dumps(aws("create", "NatGateway", "nat", {}))])
    assert estimate(failed, default_region="eu-central-1") is None


TYPES = [f"{family}.{size}" for family, sizes in FRANKFURT.instance_hour.items() for size in sizes]
KINDS = ("Instance", "NatGateway", "NetworkLoadBalancer", "HostedZone", "Bucket")


MADE = st.tuples(
    st.sampled_from(KINDS), st.sampled_from([*TYPES, "x9.huge"]), st.sampled_from(["create", "same", "delete"])
)


@given(st.lists(MADE))
def test_parts_add_up_to_the_total_and_unknown_is_never_silent(made: list[tuple[str, str, str]]) -> None:
    events = [aws("same", "LaunchTemplate", each, {**TEMPLATE, "instanceType": each}) for each in [*TYPES, "x9.huge"]]
    for number, (kind, size, op) in enumerate(made):
        events.append(aws(op, kind, f"r{number}", {"launchTemplateId": size, "subnetIds": ["a"]}))
    found = cost(*events)
    assert sum(line.before for line in found.lines) == found.before
    assert sum(line.after for line in found.lines) == found.after
    assert sum(line.difference for line in found.lines) == found.difference == found.after - found.before
    huge = [number for number, each in enumerate(made) if each[:2] == ("Instance", "x9.huge")]
    unknown = {f"r{number}: no price for x9.huge" for number in huge}
    assert set(found.unknown) == unknown
    machines = sum(line.count_after for line in found.lines if line.kind.startswith("machines"))
    assert machines == sum(kind == "Instance" and op != "delete" for kind, _, op in made)


def test_every_form_of_the_page_shows_it() -> None:
    page = make_page("cloud", plan(aws("create", "NatGateway", "nat", {})), exit_code=0)
    markdown, html = written(page, Form.MARKDOWN), written(page, Form.HTML)
    assert "### Cost a month: 41.61 USD (+41.61)" in markdown
    assert "| NAT gateways (0 → 1) | 0.00 | 37.96 | +37.96 |" in markdown
    assert "prices of 2025-06-01" in markdown
    assert "Cost a month: 41.61 USD (+41.61)" in html
    data = json.loads(written(page, Form.JSON))["cost"]
    assert (data["currency"], data["pricedOn"], data["after"], data["hoursAMonth"]) == ("USD", "2025-06-01", 41.61, 730)
    assert data["lines"][0] == {
        "kind": "NAT gateways",
        "countBefore": 0,
        "countAfter": 1,
        "before": 0,
        "after": 37.96,
        "difference": 37.96,
    }
    out = StringIO()
    show(page, Console(file=out, width=120))
    assert "total" in out.getvalue()
    assert "Not in it: traffic through NAT gateways" in out.getvalue()
