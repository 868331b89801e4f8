"""What the resources of EC2 share: ARNs, filters, addresses.

Each thing's own description is in its module.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from plugins.rpc.schema import STRING

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api


def by(name: str, *values: str) -> list[dict[str, Any]]:
    """Return a filter."""
    return [{"Name": name, "Values": list(values)}]


async def arn(api: Api, kind: str, id: str, owner: str) -> str:  # noqa: A002
    """Return the ARN of a thing that EC2 gives none."""
    meta = await api.account.meta("ec2")
    return f"arn:{meta.partition}:ec2:{meta.region_name}:{owner}:{kind}/{id}"


def network_problem(value: str) -> str:
    """Say what a value must be that is no network; '' for one."""
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        return f"an IPv4 network such as 10.0.0.0/16 ({error})"
    return ""


def vpc_network_problem(value: str) -> str:
    """Say likewise what a VPC's or subnet's network must be: AWS takes /16 to /28."""
    if problem := network_problem(value):
        return problem
    length = ipaddress.IPv4Network(value).prefixlen
    return "" if 16 <= length <= 28 else f"a network of /16 to /28, not /{length}"  # noqa: PLR2004 - AWS's limits


CIDR = STRING.judged_by(network_problem)
VPC_CIDR = STRING.judged_by(vpc_network_problem)


async def interfaces(api: Api, filter_name: str, id: str) -> list[str]:  # noqa: A002
    """Return the network interfaces that are left somewhere, in words; nearly everything in a VPC has one."""
    found = await api.listed("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=by(filter_name, id))
    return [
        f"network interface {item['NetworkInterfaceId']} ({item.get('Description') or item['Status']})"
        for item in found
    ]
