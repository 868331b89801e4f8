"""The ``EcrRepository`` resource class.

How to log in is said by ``get_registry_login``.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from plugins.slipway.sdk.property_output import property_output


class EcrRepository(pulumi.CustomResource):
    """A repository for images of one name."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
        immutable_tags: pulumi.Input[bool] | None = None,
        scan_on_push: pulumi.Input[bool] | None = None,
        lifecycle: pulumi.Input[Mapping[str, Any]] | None = None,
        encryption: pulumi.Input[Mapping[str, Any]] | None = None,
        force_delete: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            name: Name, such as ``slipway/api``; another one replaces the repository.
            immutable_tags: Whether a tag stays with its first image; true when absent.
            scan_on_push: Whether images are scanned when they come; true when absent.
            lifecycle: ``keepTagged``: how many images with tags stay; ``expireUntaggedDays``: when those without go.
            encryption: ``type`` (AES256 or KMS) and ``kmsKeyArn``; AES256 when absent, another one replaces.
            force_delete: Whether images are deleted with the repository; false when absent.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "name": name,
            "immutableTags": immutable_tags,
            "scanOnPush": scan_on_push,
            "lifecycle": lifecycle,
            "encryption": encryption,
            "forceDelete": force_delete,
            "tags": tags,
            "arn": None,
            "repositoryUrl": None,
            "registryId": None,
        }
        super().__init__("slipway:aws:EcrRepository", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter(name="repositoryUrl")
    def repository_url(self) -> pulumi.Output[str]:
        """Where to push to and pull from."""
        return property_output(self, "repositoryUrl")

    @property
    @pulumi.getter(name="registryId")
    def registry_id(self) -> pulumi.Output[str]:
        """Account number."""
        return property_output(self, "registryId")

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name."""
        return property_output(self, "name")
