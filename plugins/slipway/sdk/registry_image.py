"""The ``RegistryImage`` resource class.

It builds no image and talks to no registry: the plugin pushes.
"""

from collections.abc import Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class RegistryImage(pulumi.CustomResource):
    """An image of a local OCI layout, pushed to a registry unless it is there already."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        layout: pulumi.Input[str],
        repository: pulumi.Input[str],
        tag: pulumi.Input[str],
        digest: pulumi.Input[str],
        registry_address: pulumi.Input[str],
        server_name: pulumi.Input[str] | None = None,
        username: pulumi.Input[str] | None = None,
        password: pulumi.Input[str] | None = None,
        login_from: pulumi.Input[str] | None = None,
        ca_pem: pulumi.Input[str] | None = None,
        triggers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            layout: Path of the OCI layout directory.
            repository: Repository in the registry, such as ``platform/pause``.
            tag: Tag to put the image under.
            digest: Digest of the manifest, ``sha256:...``; the push fails when the layout holds another one.
            registry_address: ``host:port`` to connect to (TLS), or ``http://host:port``.
            server_name: Name that the registry's certificate must carry; the host of the address when absent.
            username: Login; anonymous when absent.
            password: Password of the login (kept as a secret).
            login_from: In place of both: ``ecr`` asks AWS for a login whenever one is needed, in the account and region
                of the ``AwsProvider`` that the resource is given.
            ca_pem: Authority that signed the registry's certificate; the system's authorities when absent.
            triggers: Values whose change makes the plugin look again whether the image is there, such as the id of
                the registry's container.
        """
        properties = {
            "layout": layout,
            "repository": repository,
            "tag": tag,
            "digest": digest,
            "registryAddress": registry_address,
            "serverName": server_name,
            "username": username,
            "password": None if password is None else pulumi.Output.secret(password),
            "loginFrom": login_from,
            "caPem": ca_pem,
            "triggers": triggers,
            "pushed": None,
        }
        super().__init__("slipway:index:RegistryImage", resource_name, properties, opts)

    @property
    @pulumi.getter
    def repository(self) -> pulumi.Output[str]:
        """Repository in the registry."""
        return property_output(self, "repository")

    @property
    @pulumi.getter
    def tag(self) -> pulumi.Output[str]:
        """Tag of the image."""
        return property_output(self, "tag")

    @property
    @pulumi.getter
    def digest(self) -> pulumi.Output[str]:
        """Digest of the manifest that the registry serves under the tag."""
        return property_output(self, "digest")

    @property
    @pulumi.getter
    def pushed(self) -> pulumi.Output[bool]:
        """Whether the last run had to push anything."""
        return property_output(self, "pushed")
