"""What one resource costs: its parts, each with a kind and a price for a month, or the reason why that is unknown.

It deliberately counts no traffic and no stored gigabytes, which no plan tells: `NOT_IN_IT` says so by kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from policies.kubernetes_object import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from operations.preview.cost.prices import Prices, RegionPrices
    from operations.preview.cost.side import Found, Side

HOURS = 730
"""Of a month, as AWS counts them."""


@dataclass(frozen=True)
class Part:
    """Something that is paid for."""

    kind: str
    month: Decimal | None
    """The price of a month; None when it is not known."""
    unknown: str = ""
    """What is not known and why."""


@dataclass(frozen=True)
class Context:
    """What the price of a resource is judged by."""

    side: Side
    resource: Found
    table: Prices
    prices: RegionPrices


def parts_of(side: Side, resource: Found, table: Prices) -> list[Part]:
    """Return what is paid for a resource; nothing for one that is free."""
    if resource.type not in PRICED:
        return []
    kind, priced = PRICED[resource.type]
    region = side.region(resource)
    if region is None or region not in table.regions:
        reason = f"no prices for the region {region}" if region else "its region is not known"
        return [Part(kind, None, f"{resource.planned.name}: {reason}")]
    return list(priced(Context(side, resource, table, table.regions[region])))


def _instance(context: Context) -> Iterator[Part]:
    instance_type = _instance_type(context)
    name = context.resource.planned.name
    if context.resource.inputs.get("running") is False:
        pass  # of a stopped machine only its disk is paid for
    elif not isinstance(instance_type, str) or instance_type == UNKNOWN:
        yield Part("machines", None, f"{name}: its instance type is known after the update")
    else:
        yield _machine(context, instance_type)
    size = _of_template(context, "rootVolume.sizeGib")
    kind = _of_template(context, "rootVolume.type")
    if isinstance(size, int | float) and kind in {None, "gp3"}:
        yield Part("root volumes, gp3", Decimal(str(size)) * context.prices.gp3_gib_month)
    elif size == UNKNOWN or size is None:
        yield Part("root volumes", None, f"{name}: the size of its root volume is that of the image or not known yet")
    else:
        yield Part("root volumes", None, f"{name}: no price for root volumes of type {kind}")
    if context.side.through(context.resource, "subnetId", "Subnet", "mapPublicIpOnLaunch") is True:
        yield _address(context)


def _machine(context: Context, instance_type: str) -> Part:
    spot = _spot(context)
    hour = context.prices.instance(instance_type)
    name = context.resource.planned.name
    if hour is None:
        return Part(f"machines, {instance_type}", None, f"{name}: no price for {instance_type}")
    if spot == UNKNOWN:
        return Part(f"machines, {instance_type}", None, f"{name}: whether it is a spot instance is not known yet")
    if not spot:
        return Part(f"machines, {instance_type}", hour * HOURS)
    return Part(f"machines, {instance_type}, spot", hour * HOURS * context.table.spot_share)


def _instance_type(context: Context) -> object:
    """Return the type; a machine that stays keeps its own, whatever its template says by now."""
    planned = context.resource.planned
    if not context.side.is_after or planned.action in {"same", "update"}:
        told = planned.old_outputs.get("instanceType")
        if isinstance(told, str):
            return told
    return _of_template(context, "instanceType")


def _spot(context: Context) -> object:
    """Return whether machines are spot instances; UNKNOWN when nothing says it."""
    spot = _of_template(context, "spot")
    return spot.get("enabled", True) if isinstance(spot, Mapping) else spot


def _of_template(context: Context, path: str) -> object:
    found: object = context.side.through(context.resource, "launchTemplateId", "LaunchTemplate", path)
    return found


def _nat_gateway(context: Context) -> Iterator[Part]:
    yield Part("NAT gateways", context.prices.nat_gateway_hour * HOURS)
    yield _address(context)


def _load_balancer(context: Context) -> Iterator[Part]:
    yield Part("network load balancers", context.prices.network_load_balancer_hour * HOURS)
    if context.resource.inputs.get("internal") is True:
        return
    subnets = context.resource.inputs.get("subnetIds")
    if isinstance(subnets, list):  # one address in each zone
        yield from (_address(context) for _ in subnets)
    else:
        name = context.resource.planned.name
        yield Part("public IPv4 addresses", None, f"{name}: how many subnets it is in is known after the update")


def _hosted_zone(context: Context) -> Iterator[Part]:
    yield Part("hosted zones", context.prices.hosted_zone_month)


def _address(context: Context) -> Part:
    return Part("public IPv4 addresses", context.prices.public_address_hour * HOURS)


PRICED: dict[str, tuple[str, Callable[[Context], Iterator[Part]]]] = {
    "Instance": ("machines", _instance),
    "NatGateway": ("NAT gateways", _nat_gateway),
    "NetworkLoadBalancer": ("network load balancers", _load_balancer),
    "HostedZone": ("hosted zones", _hosted_zone),
}

NOT_IN_IT: dict[str, Callable[[RegionPrices], str]] = {
    "NatGateway": lambda prices: f"traffic through NAT gateways ({prices.nat_gateway_gb} a GB)",
    "NetworkLoadBalancer": lambda prices: (
        f"capacity units of load balancers ({prices.network_load_balancer_unit_hour} a unit and hour)"
    ),
    "HostedZone": lambda _: "DNS queries",
    "EcrRepository": lambda prices: f"images in repositories ({prices.ecr_gb_month} a GB and month)",
    "Bucket": lambda prices: f"objects and requests in buckets ({prices.s3_gb_month} a GB and month)",
    "Instance": lambda _: "traffic to the internet and between zones, bursts of t3 beyond their credits, snapshots",
}
"""What no plan tells, by the type that causes it."""
