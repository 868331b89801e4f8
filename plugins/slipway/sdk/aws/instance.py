"""The ``Instance`` resource class.

What runs on it is not looked at: SSH and Ansible come later.
"""

from collections.abc import Mapping

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Instance(pulumi.CustomResource):
    """A machine; a replacement is there before the old one goes."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        launch_template_id: pulumi.Input[str],
        subnet_id: pulumi.Input[str],
        launch_template_version: pulumi.Input[str] | pulumi.Input[int] | None = None,
        running: pulumi.Input[bool] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            launch_template_id: Launch template; another one replaces the machine.
            subnet_id: Subnet; another one replaces the machine.
            launch_template_version: Version of the template, whose change replaces the machine; ``$Default`` when
                absent, with which machines stay when the template changes.
            running: Whether it is to run; true when absent. One that somebody stopped is started again.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "launchTemplateId": launch_template_id,
            "subnetId": subnet_id,
            "launchTemplateVersion": launch_template_version,
            "running": running,
            "name": name,
            "tags": tags,
            "instanceId": None,
            "arn": None,
            "privateIp": None,
            "publicIp": None,
            "availabilityZone": None,
            "instanceType": None,
            "imageId": None,
            "state": None,
        }
        super().__init__("slipway:aws:Instance", resource_name, properties, opts)

    @property
    @pulumi.getter(name="instanceId")
    def instance_id(self) -> pulumi.Output[str]:
        """Id, ``i-...``."""
        return property_output(self, "instanceId")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="privateIp")
    def private_ip(self) -> pulumi.Output[str]:
        """Address in the VPC."""
        return property_output(self, "privateIp")

    @property
    @pulumi.getter(name="publicIp")
    def public_ip(self) -> pulumi.Output[str | None]:
        """Address in the internet, if any."""
        return property_output(self, "publicIp")

    @property
    @pulumi.getter(name="availabilityZone")
    def availability_zone(self) -> pulumi.Output[str]:
        """Zone."""
        return property_output(self, "availabilityZone")

    @property
    @pulumi.getter(name="instanceType")
    def instance_type(self) -> pulumi.Output[str]:
        """Instance type."""
        return property_output(self, "instanceType")

    @property
    @pulumi.getter(name="imageId")
    def image_id(self) -> pulumi.Output[str]:
        """Image."""
        return property_output(self, "imageId")

    @property
    @pulumi.getter
    def state(self) -> pulumi.Output[str]:
        """``running`` or ``stopped``."""
        return property_output(self, "state")
