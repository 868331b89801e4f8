"""The ``KeyPair`` resource class.

It knows no private key.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class KeyPair(pulumi.CustomResource):
    """A public key that machines can be launched with."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        public_key: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            public_key: OpenSSH public key, ``ssh-ed25519 AAAA...`` or ``ssh-rsa``; another one replaces the pair.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "publicKey": public_key,
            "name": name,
            "tags": tags,
            "keyName": None,
            "fingerprint": None,
        }
        super().__init__("slipway:aws:KeyPair", resource_name, properties, opts)

    @property
    @pulumi.getter(name="publicKey")
    def public_key(self) -> pulumi.Output[str]:
        """Public key without its comment."""
        return property_output(self, "publicKey")

    @property
    @pulumi.getter(name="keyName")
    def key_name(self) -> pulumi.Output[str]:
        """Generated name, for launch templates."""
        return property_output(self, "keyName")

    @property
    @pulumi.getter
    def fingerprint(self) -> pulumi.Output[str]:
        """Fingerprint as AWS computes it."""
        return property_output(self, "fingerprint")
