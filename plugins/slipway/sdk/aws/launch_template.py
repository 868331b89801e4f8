"""The ``LaunchTemplate`` resource class.

Machines that run keep the version that they were launched with.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from plugins.slipway.sdk.property_output import property_output


class RootVolume(TypedDict):
    """The disk that a machine starts from, in the spelling of the state."""

    sizeGib: NotRequired[pulumi.Input[int]]
    """Size; the image's when absent."""
    type: NotRequired[pulumi.Input[str]]
    """``gp3`` when absent, or ``gp2``, ``io1``, ``io2``."""
    encrypted: NotRequired[pulumi.Input[bool]]
    """True when absent."""
    deviceName: NotRequired[pulumi.Input[str]]
    """Name of the image's root device; looked up when absent."""


class Spot(TypedDict):
    """That machines are of AWS's spare capacity, which it may take back."""

    enabled: NotRequired[pulumi.Input[bool]]
    """True when absent."""
    maxPrice: NotRequired[pulumi.Input[str]]
    """Highest price in dollars an hour; that on demand when absent."""


class LaunchTemplate(pulumi.CustomResource):
    """How machines of one kind are launched; a change makes a new version."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        image_id: pulumi.Input[str],
        instance_type: pulumi.Input[str],
        key_name: pulumi.Input[str] | None = None,
        security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        instance_profile_arn: pulumi.Input[str] | None = None,
        user_data: pulumi.Input[str] | None = None,
        root_volume: pulumi.Input[RootVolume] | None = None,
        metadata_hop_limit: pulumi.Input[int] | None = None,
        spot: pulumi.Input[Spot] | None = None,
        instance_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            image_id: Image, ``ami-...``.
            instance_type: Instance type, such as ``t3.medium``.
            key_name: Name of a key pair.
            security_group_ids: Security groups; the closed default group when absent.
            instance_profile_arn: Instance profile, which gives machines a role.
            user_data: What cloud-init is to do, up to 16 KiB (kept as a secret).
            root_volume: Disk; an encrypted gp3 of the image's size when absent.
            metadata_hop_limit: How far answers of the metadata service may go; 1 when absent, which keeps
                containers from the role. Sessions (IMDSv2) are always required.
            spot: Spare capacity in place of on demand.
            instance_tags: Tags of machines and their disks beside the provider's.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "imageId": image_id,
            "instanceType": instance_type,
            "keyName": key_name,
            "securityGroupIds": security_group_ids,
            "instanceProfileArn": instance_profile_arn,
            "userData": None if user_data is None else pulumi.Output.secret(user_data),
            "rootVolume": root_volume,
            "metadataHopLimit": metadata_hop_limit,
            "spot": spot,
            "instanceTags": instance_tags,
            "name": name,
            "tags": tags,
            "launchTemplateName": None,
            "latestVersion": None,
            "defaultVersion": None,
        }
        super().__init__("slipway:aws:LaunchTemplate", resource_name, properties, opts)

    @property
    @pulumi.getter(name="instanceType")
    def instance_type(self) -> pulumi.Output[str]:
        """Instance type."""
        return property_output(self, "instanceType")

    @property
    @pulumi.getter(name="launchTemplateName")
    def launch_template_name(self) -> pulumi.Output[str]:
        """Generated name."""
        return property_output(self, "launchTemplateName")

    @property
    @pulumi.getter(name="latestVersion")
    def latest_version(self) -> pulumi.Output[int]:
        """Newest version."""
        return property_output(self, "latestVersion")

    @property
    @pulumi.getter(name="defaultVersion")
    def default_version(self) -> pulumi.Output[int]:
        """Version that ``$Default`` means, which is the newest."""
        return property_output(self, "defaultVersion")
