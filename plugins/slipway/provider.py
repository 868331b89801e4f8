"""The slipway provider: which resource type is implemented where.

It knows no resource's behaviour; a type's module is loaded when the type is first used, to keep the process small.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.provider import Provider
from plugins.slipway.children import Children

if TYPE_CHECKING:
    from plugins.rpc.resource import Resource

TYPES: Final = {
    "slipway:index:AnsibleRun": ("ansible_run", "AnsibleRunResource"),
    "slipway:index:Certificate": ("certificate", "CertificateResource"),
    "slipway:index:CertificateAuthority": ("certificate_authority", "CertificateAuthorityResource"),
    "slipway:index:EngineImage": ("engine_image", "EngineImageResource"),
    "slipway:index:HostAccess": ("host_access", "HostAccessResource"),
    "slipway:index:HttpGate": ("http_gate", "HttpGateResource"),
    "slipway:index:Password": ("password", "PasswordResource"),
    "slipway:index:RegistryImage": ("registry_image", "RegistryImageResource"),
    "slipway:index:SshKey": ("ssh_key", "SshKeyResource"),
}


class SlipwayProvider(Provider):
    """Slipway's own resources; it takes no configuration."""

    name = "slipway"
    version = "0.1.0"

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._children = Children()

    def resource(self, token: str) -> "Resource":
        """Return the implementation of a type token.

        Raises:
            KeyError: the provider does not know the type.
        """
        if token not in self._resources:
            module_name, class_name = TYPES[token]
            module = importlib.import_module(f"plugins.slipway.resources.{module_name}")
            arguments: list[Any] = [self._children] if class_name == "AnsibleRunResource" else []
            self._resources[token] = getattr(module, class_name)(*arguments)
        return self._resources[token]

    async def cancel(self) -> None:
        """End the runs that are under way."""
        await self._children.stop()

    async def close(self) -> None:
        """End them when the plugin itself ends, too."""
        await self._children.stop()
