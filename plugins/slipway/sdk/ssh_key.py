"""The ``SshKey`` resource class.

It does not generate anything itself: the plugin does, once.
"""

import pulumi

from plugins.slipway.sdk.property_output import property_output


class SshKey(pulumi.CustomResource):
    """An Ed25519 key pair for SSH."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        comment: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            comment: Last field of the public key line; changing it keeps the key.
        """
        properties = {
            "comment": comment,
            "privateKey": None,
            "publicKey": None,
        }
        super().__init__("slipway:index:SshKey", resource_name, properties, opts)

    @property
    @pulumi.getter
    def comment(self) -> pulumi.Output[str]:
        """Last field of the public key line."""
        return property_output(self, "comment")

    @property
    @pulumi.getter(name="privateKey")
    def private_key(self) -> pulumi.Output[str]:
        """Private key in OpenSSH's PEM format (secret)."""
        return property_output(self, "privateKey")

    @property
    @pulumi.getter(name="publicKey")
    def public_key(self) -> pulumi.Output[str]:
        """Public key line, ``ssh-ed25519 AAAA... comment``."""
        return property_output(self, "publicKey")
