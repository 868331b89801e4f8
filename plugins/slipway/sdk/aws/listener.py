"""The ``Listener`` resource class.

It sends what comes in to one target group.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Listener(pulumi.CustomResource):
    """One port of a load balancer."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        load_balancer_arn: pulumi.Input[str],
        port: pulumi.Input[int],
        target_group_arn: pulumi.Input[str],
        protocol: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            load_balancer_arn: Load balancer; another one replaces the listener.
            port: Port.
            target_group_arn: Where to.
            protocol: ``TCP``, ``UDP`` or ``TCP_UDP``; ``TCP`` when absent.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "loadBalancerArn": load_balancer_arn,
            "port": port,
            "targetGroupArn": target_group_arn,
            "protocol": protocol,
            "name": name,
            "tags": tags,
            "arn": None,
        }
        super().__init__("slipway:aws:Listener", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter
    def port(self) -> pulumi.Output[int]:
        """Port."""
        return property_output(self, "port")
