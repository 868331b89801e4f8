"""The classes of AWS resources that programs use; each one mirrors a type ``slipway:aws:...`` of the provider plugin.

It holds no behaviour of the resources: that runs in the plugin process.
"""

from plugins.slipway.sdk.aws.provider import AwsProvider
from plugins.slipway.sdk.aws.subnet import Subnet
from plugins.slipway.sdk.aws.vpc import Vpc

__all__ = [
    "AwsProvider",
    "Subnet",
    "Vpc",
]
