"""The ``Bucket`` resource class.

Its name is the whole world's.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Bucket(pulumi.CustomResource):
    """A place for objects: versioned, encrypted, closed to the public, over TLS only."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
        versioned: pulumi.Input[bool] | None = None,
        encryption: pulumi.Input[Mapping[str, Any]] | None = None,
        public_access_blocked: pulumi.Input[bool] | None = None,
        tls_only: pulumi.Input[bool] | None = None,
        old_versions_days: pulumi.Input[int] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            name: Name; another one replaces the bucket.
            versioned: Whether old versions stay; true when absent.
            encryption: ``type`` (AES256 or KMS) and ``kmsKeyArn``; AES256 when absent.
            public_access_blocked: Whether AWS refuses to open it to everybody; true when absent.
            tls_only: Whether requests without TLS are refused; true when absent.
            old_versions_days: After how many days old versions go; never when absent.
            force_destroy: Whether objects are deleted with the bucket; false when absent.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "name": name,
            "versioned": versioned,
            "encryption": encryption,
            "publicAccessBlocked": public_access_blocked,
            "tlsOnly": tls_only,
            "oldVersionsDays": old_versions_days,
            "forceDestroy": force_destroy,
            "tags": tags,
            "arn": None,
            "region": None,
        }
        super().__init__("slipway:aws:Bucket", resource_name, properties, opts)

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        """ARN."""
        return property_output(self, "arn")

    @property
    @pulumi.getter
    def region(self) -> pulumi.Output[str]:
        """Region."""
        return property_output(self, "region")

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name."""
        return property_output(self, "name")
