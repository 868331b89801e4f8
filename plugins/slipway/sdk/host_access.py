"""The ``HostAccess`` resource class.

It logs in nowhere: the plugin does, with the user's own key.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from plugins.slipway.sdk.property_output import property_output


class HostAccess(pulumi.CustomResource):
    """An account of slipway's own on a host that exists already; removed when the resource is."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        address: pulumi.Input[str],
        host_key: pulumi.Input[str],
        user: pulumi.Input[str],
        account: pulumi.Input[str],
        authorized_key: pulumi.Input[str],
        port: pulumi.Input[int] | None = None,
        key_file: pulumi.Input[str] | None = None,
        jump: pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            address: Address or name at which SSH answers.
            host_key: The one host key that is accepted, as an OpenSSH line.
            user: Who logs in; has passwordless sudo.
            account: The account to make.
            authorized_key: Public key line that the account lets in.
            port: Port of SSH; 22 when absent.
            jump: What SSH goes through, in the shape of ``Jump``; it goes there directly when absent.
            key_file: Path of the user's private key; the keys of the SSH agent and of ~/.ssh when absent.
        """
        properties = {
            "address": address,
            "hostKey": host_key,
            "user": user,
            "account": account,
            "authorizedKey": authorized_key,
            "port": port,
            "keyFile": key_file,
            "jump": jump,
            "machineId": None,
        }
        super().__init__("slipway:index:HostAccess", resource_name, properties, opts)

    @property
    @pulumi.getter(name="machineId")
    def machine_id(self) -> pulumi.Output[str]:
        """The host's /etc/machine-id: another one after it was installed anew."""
        return property_output(self, "machineId")
