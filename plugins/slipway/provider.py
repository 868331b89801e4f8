"""The slipway provider: which resource type is implemented where, and the account of AWS that it was configured with.

It knows no resource's behaviour; a type's module is loaded when the type is first used, to keep the process small.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, DiffResult
from plugins.slipway.aws import settings, types
from plugins.slipway.aws.account import Account
from plugins.slipway.children import Children

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties, Resource

TYPES: Final = {
    "slipway:index:AddressBlocks": ("address_blocks", "AddressBlocksResource"),
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
# The engine makes this one for a program that names none, with all of the stack's own configuration as inputs.
_OF_THE_ENGINE: Final = "default"


class SlipwayProvider(Provider):
    """Slipway's own resources; only those of AWS take a configuration."""

    name = "slipway"
    version = "0.1.0"

    def __init__(self, creations: CreationJournal | None = None) -> None:
        self._resources: dict[str, Resource] = {}
        self._children = Children()
        self._creations = creations or CreationJournal()
        self.account = Account(creations=self._creations)

    def resource(self, token: str) -> Resource:
        """Return the implementation of a type token.

        Raises:
            KeyError: the provider does not know the type.
        """
        if token not in self._resources:
            self._resources[token] = self._loaded(token)
        return self._resources[token]

    async def check_named_config(self, name: str, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate the configuration of a provider that the program made."""
        del olds
        return CheckResult(news) if name.startswith(_OF_THE_ENGINE) else settings.check(news)

    async def diff_config(self, old_inputs: Properties, news: Properties) -> DiffResult:
        """Replace everything when the region is another one."""
        return settings.diff(old_inputs, news)

    async def configure(self, variables: Properties) -> None:
        """Take the configuration; what is not known in a preview is not needed there."""
        self.account.close()
        self.account = Account(settings.Settings.of(variables), self._creations)
        self._resources.clear()
        self.configured = True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Answer a function call of the program."""
        if not self.account.settings.known:
            return {}
        return await types.invoke(token, self.account, ctx, args)

    async def cancel(self) -> None:
        """End the runs and waits that are under way."""
        self.account.cancelled.set()
        await self._children.stop()

    async def finished(self) -> None:
        """Forget what was created: the engine has recorded it."""
        self._creations.close_in_order()

    async def close(self) -> None:
        """End what runs when the plugin itself ends, too."""
        self.account.close()
        await self._children.stop()

    def _loaded(self, token: str) -> Resource:
        if token.startswith(types.PREFIX):
            return types.resource(token, self.account)
        module_name, class_name = TYPES[token]
        module = importlib.import_module(f"plugins.slipway.resources.{module_name}")
        arguments: dict[str, list[Any]] = {
            "AnsibleRunResource": [self._children],
            "RegistryImageResource": [self.account],
        }
        made: Resource = getattr(module, class_name)(*arguments.get(class_name, []))
        return made
