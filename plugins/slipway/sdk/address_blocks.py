"""The ``AddressBlocks`` resource class.

It remembers nothing itself: the plugin does, in Pulumi's state.
"""

from collections.abc import Mapping, Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class AddressBlocks(pulumi.CustomResource):
    """A block of addresses for each name, kept while the name is declared, whatever comes and goes beside it."""

    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, *, names: Sequence[str], count: int
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            names: Who needs a block; new names choose in this order.
            count: How many blocks there are.
        """
        properties = {"names": names, "count": count, "blocks": None, "latest": None}
        super().__init__("slipway:index:AddressBlocks", resource_name, properties, opts)

    @property
    @pulumi.getter
    def blocks(self) -> pulumi.Output[Mapping[str, int]]:
        """Name -> number of its block, counted from 0; known in a preview, too."""
        return property_output(self, "blocks").apply(_whole)


def _whole(blocks: Mapping[str, float]) -> dict[str, int]:
    """Return the numbers as whole ones: the protocol knows no others than floats."""
    return {name: int(block) for name, block in blocks.items()}
