"""The classes of AWS resources that programs use; each one mirrors a type ``slipway:aws:...`` of the provider plugin.

It holds no behaviour of the resources: that runs in the plugin process.
"""

from plugins.slipway.sdk.aws.bucket import Bucket
from plugins.slipway.sdk.aws.dns_record import DnsRecord
from plugins.slipway.sdk.aws.ecr_repository import EcrRepository
from plugins.slipway.sdk.aws.functions import (
    AskingFailedError,
    Image,
    InstanceType,
    RegistryLogin,
    get_image,
    get_instance_type,
    get_registry_login,
    get_zones,
)
from plugins.slipway.sdk.aws.hosted_zone import HostedZone
from plugins.slipway.sdk.aws.instance import Instance
from plugins.slipway.sdk.aws.instance_role import InstanceRole
from plugins.slipway.sdk.aws.internet_gateway import InternetGateway
from plugins.slipway.sdk.aws.key_pair import KeyPair
from plugins.slipway.sdk.aws.launch_template import LaunchTemplate, RootVolume, Spot
from plugins.slipway.sdk.aws.listener import Listener
from plugins.slipway.sdk.aws.nat_gateway import NatGateway
from plugins.slipway.sdk.aws.network_load_balancer import NetworkLoadBalancer
from plugins.slipway.sdk.aws.provider import AwsProvider
from plugins.slipway.sdk.aws.route_table import Route, RouteTable
from plugins.slipway.sdk.aws.security_group import Rule, SecurityGroup
from plugins.slipway.sdk.aws.subnet import Subnet
from plugins.slipway.sdk.aws.target_attachment import TargetAttachment
from plugins.slipway.sdk.aws.target_group import TargetGroup
from plugins.slipway.sdk.aws.vpc import Vpc

__all__ = [
    "AskingFailedError",
    "AwsProvider",
    "Bucket",
    "DnsRecord",
    "EcrRepository",
    "HostedZone",
    "Image",
    "Instance",
    "InstanceRole",
    "InstanceType",
    "InternetGateway",
    "KeyPair",
    "LaunchTemplate",
    "Listener",
    "NatGateway",
    "NetworkLoadBalancer",
    "RegistryLogin",
    "RootVolume",
    "Route",
    "RouteTable",
    "Rule",
    "SecurityGroup",
    "Spot",
    "Subnet",
    "TargetAttachment",
    "TargetGroup",
    "Vpc",
    "get_image",
    "get_instance_type",
    "get_registry_login",
    "get_zones",
]
