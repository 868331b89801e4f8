"""Which resource types and functions of AWS there are, and in which modules; nothing is loaded before it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.rpc.resource import Context, Properties
    from plugins.slipway.aws.account import Account
    from plugins.slipway.aws.resource import AwsResource

PREFIX: Final = "slipway:aws:"
RESOURCES: Final = {
    # network
    "Vpc": "vpc",
    "Subnet": "subnet",
    "InternetGateway": "internet_gateway",
    "NatGateway": "nat_gateway",
    "RouteTable": "route_table",
    "SecurityGroup": "security_group",
    # compute
    "KeyPair": "key_pair",
    "InstanceRole": "instance_role",
    "LaunchTemplate": "launch_template",
    "Instance": "instance",
    # services
    "NetworkLoadBalancer": "network_load_balancer",
    "TargetGroup": "target_group",
    "TargetAttachment": "target_attachment",
    "Listener": "listener",
    "EcrRepository": "ecr_repository",
    "HostedZone": "hosted_zone",
    "DnsRecord": "dns_record",
    "Bucket": "bucket",
}
FUNCTIONS: Final = {
    "getImage": ("ec2", "get_image"),
    "getZones": ("ec2", "get_zones"),
    "getInstanceType": ("ec2", "get_instance_type"),
    "getRegistryLogin": ("registry", "get_registry_login"),
}


def resource(token: str, account: Account) -> AwsResource:
    """Return the implementation of ``slipway:aws:<type>``.

    Raises:
        KeyError: there is no such type.
    """
    noun = token.removeprefix(PREFIX)
    module = importlib.import_module(f"plugins.slipway.aws.resources.{RESOURCES[noun]}")
    made: AwsResource = getattr(module, noun)(account)
    return made


async def invoke(token: str, account: Account, ctx: Context, args: Properties) -> dict[str, Any]:
    """Answer ``slipway:aws:<function>``.

    Raises:
        KeyError: there is no such function.
    """
    module, name = FUNCTIONS[token.removeprefix(PREFIX)]
    function: Callable[[Account, Context, Properties], Awaitable[dict[str, Any]]]
    function = getattr(importlib.import_module(f"plugins.slipway.aws.functions.{module}"), name)
    return await function(account, ctx, args)
