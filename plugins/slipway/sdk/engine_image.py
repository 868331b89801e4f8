"""The ``EngineImage`` resource class.

It builds no image: the plugin loads one from a local OCI layout.
"""

import pulumi

from plugins.slipway.sdk.property_output import property_output


class EngineImage(pulumi.CustomResource):
    """An image of a local OCI layout, loaded into the container engine of this machine."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        layout: pulumi.Input[str],
        name: pulumi.Input[str],
        digest: pulumi.Input[str],
        docker_host: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            layout: Path of the OCI layout directory.
            name: Repository and tag in the engine, ``repo:tag``.
            digest: Digest of the image's configuration, ``sha256:...``: the engine's image id.
            docker_host: Address of the engine; DOCKER_HOST or the local socket when absent.
        """
        properties = {
            "layout": layout,
            "name": name,
            "digest": digest,
            "dockerHost": docker_host,
            "imageId": None,
        }
        super().__init__("slipway:index:EngineImage", resource_name, properties, opts)

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Repository and tag in the engine."""
        return property_output(self, "name")

    @property
    @pulumi.getter
    def digest(self) -> pulumi.Output[str]:
        """Digest of the image's configuration."""
        return property_output(self, "digest")

    @property
    @pulumi.getter(name="imageId")
    def image_id(self) -> pulumi.Output[str]:
        """Id under which the engine knows the image."""
        return property_output(self, "imageId")
