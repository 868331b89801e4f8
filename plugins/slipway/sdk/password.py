"""The ``Password`` resource class.

It does not generate anything itself: the plugin does, once.
"""

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Password(pulumi.CustomResource):
    """A random password of letters and digits that stays the same until its length changes."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        length: pulumi.Input[int] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            length: Number of characters, 12 to 512; 32 when absent.
        """
        properties = {
            "length": length,
            "value": None,
            "bcrypt": None,
        }
        super().__init__("slipway:index:Password", resource_name, properties, opts)

    @property
    @pulumi.getter
    def length(self) -> pulumi.Output[int]:
        """Number of characters."""
        return property_output(self, "length")

    @property
    @pulumi.getter
    def value(self) -> pulumi.Output[str]:
        """The password (secret)."""
        return property_output(self, "value")

    @property
    @pulumi.getter
    def bcrypt(self) -> pulumi.Output[str]:
        """The password as an htpasswd file holds it (secret)."""
        return property_output(self, "bcrypt")
