"""The ``TargetGroup`` resource class.

Which machines are in it is said by ``TargetAttachment``.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from plugins.slipway.sdk.property_output import property_output


class TargetGroup(pulumi.CustomResource):
    """Machines that a load balancer sends connections to."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        port: pulumi.Input[int],
        vpc_id: pulumi.Input[str],
        protocol: pulumi.Input[str] | None = None,
        target_type: pulumi.Input[str] | None = None,
        health_check: pulumi.Input[Mapping[str, Any]] | None = None,
        deregistration_delay_seconds: pulumi.Input[int] | None = None,
        preserve_client_ip: pulumi.Input[bool] | None = None,
        unhealthy_draining_seconds: pulumi.Input[int] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            port: Port of the machines; another one replaces the group.
            vpc_id: VPC; another one replaces.
            protocol: ``TCP``, ``UDP`` or ``TCP_UDP``; ``TCP`` when absent, another one replaces.
            target_type: ``instance`` or ``ip``; ``instance`` when absent, another one replaces.
            health_check: ``protocol`` (TCP, HTTP, HTTPS), ``port``, ``path``, ``intervalSeconds``,
                ``healthyThreshold``, ``unhealthyThreshold``; what is absent is TCP every 30 s, thrice.
            deregistration_delay_seconds: How long connections of a machine that leaves may go on; 30 when absent.
            preserve_client_ip: Whether machines see the client's address; true when absent. A machine that connects
                to itself through the load balancer needs false.
            unhealthy_draining_seconds: How long connections to a machine that became unhealthy may go on; cut at
                once when absent or 0.
            name: The tag ``Name``, and the beginning of its name at AWS.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "port": port,
            "vpcId": vpc_id,
            "protocol": protocol,
            "targetType": target_type,
            "healthCheck": health_check,
            "deregistrationDelaySeconds": deregistration_delay_seconds,
            "preserveClientIp": preserve_client_ip,
            "unhealthyDrainingSeconds": unhealthy_draining_seconds,
            "name": name,
            "tags": tags,
            "arn": None,
            "targetGroupName": None,
        }
        super().__init__("slipway:aws:TargetGroup", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="targetGroupName")
    def target_group_name(self) -> pulumi.Output[str]:
        """Name at AWS."""
        return property_output(self, "targetGroupName")

    @property
    @pulumi.getter
    def port(self) -> pulumi.Output[int]:
        """Port of the machines."""
        return property_output(self, "port")
