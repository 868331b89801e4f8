"""The images of the platform in the environment's registry, by digest.

It builds none: set-up made them, and their digests are known before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pulumi

from plugins.slipway import sdk

if TYPE_CHECKING:
    from components.registry import RegistryService


class Layout(Protocol):
    """An image that set-up left in the cache as an OCI image layout."""

    @property
    def repository(self) -> str: ...  # noqa: D102 - the fields say it
    @property
    def tag(self) -> str: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def layout(self) -> object: ...  # noqa: D102


@dataclass(frozen=True)
class PlatformImagesArgs:
    """Which images go where."""

    registry: RegistryService
    images: Mapping[str, Layout]


class PlatformImages(pulumi.ComponentResource):
    """Every image of the platform, pushed once."""

    references: Mapping[str, pulumi.Output[str]]
    """Image name -> `registry/repository@digest`, known once it can be pulled."""
    published: Mapping[str, pulumi.Output[str]]
    """The same, as this computer's engine reaches them."""

    def __init__(self, name: str, args: PlatformImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:PlatformImages", name, None, opts)
        access = args.registry.access
        registry = args.registry
        self.resources = {
            key: sdk.RegistryImage(
                f"{name}-{key}",
                layout=str(image.layout),
                repository=f"{registry.prefix}{image.repository}",
                tag=image.tag,
                digest=image.digest,
                registry_address=access.address,
                server_name=access.server_name,
                username=None if access.login_from else access.username,
                password=None if access.login_from else access.password,
                login_from=access.login_from,
                ca_pem=access.ca_pem,
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=registry.ready_for(image.repository), provider=access.provider
                ),
            )
            for key, image in args.images.items()
        }
        self.references = self._references(args.registry.name)
        self.published = self._references(access.published)
        self.register_outputs({"images": self.references})

    def _references(self, host: str) -> dict[str, pulumi.Output[str]]:
        return {
            key: pulumi.Output.concat(host, "/", image.repository, "@", image.digest)
            for key, image in self.resources.items()
        }
