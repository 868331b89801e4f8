"""The ``TargetAttachment`` resource class.

It waits until the machine is registered, and when it goes until its connections have ended.
"""

import pulumi

from plugins.slipway.sdk.property_output import property_output


class TargetAttachment(pulumi.CustomResource):
    """One machine in a target group."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        target_group_arn: pulumi.Input[str],
        target_id: pulumi.Input[str],
        port: pulumi.Input[int],
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            target_group_arn: Target group; another one replaces, as do the others.
            target_id: Id of an instance, or an address, as the group's type says.
            port: Port of the machine.
        """
        properties = {
            "targetGroupArn": target_group_arn,
            "targetId": target_id,
            "port": port,
        }
        super().__init__("slipway:aws:TargetAttachment", resource_name, properties, opts)

    @property
    @pulumi.getter(name="targetGroupArn")
    def target_group_arn(self) -> pulumi.Output[str]:
        """Target group."""
        return property_output(self, "targetGroupArn")

    @property
    @pulumi.getter(name="targetId")
    def target_id(self) -> pulumi.Output[str]:
        """Id of an instance."""
        return property_output(self, "targetId")

    @property
    @pulumi.getter
    def port(self) -> pulumi.Output[int]:
        """Port of the machine."""
        return property_output(self, "port")
