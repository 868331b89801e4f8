"""The resource classes that programs use; each one mirrors a type of the slipway provider plugin.

It holds no behaviour of the resources: that runs in the plugin process.
"""

from plugins.slipway.sdk.address_blocks import AddressBlocks
from plugins.slipway.sdk.ansible_run import AnsibleRun
from plugins.slipway.sdk.certificate import Certificate
from plugins.slipway.sdk.certificate_authority import CertificateAuthority
from plugins.slipway.sdk.engine_image import EngineImage
from plugins.slipway.sdk.host_access import HostAccess
from plugins.slipway.sdk.http_gate import HttpGate
from plugins.slipway.sdk.machine import Machine
from plugins.slipway.sdk.password import Password
from plugins.slipway.sdk.registry_image import RegistryImage
from plugins.slipway.sdk.ssh_key import SshKey

__all__ = [
    "AddressBlocks",
    "AnsibleRun",
    "Certificate",
    "CertificateAuthority",
    "EngineImage",
    "HostAccess",
    "HttpGate",
    "Machine",
    "Password",
    "RegistryImage",
    "SshKey",
]
