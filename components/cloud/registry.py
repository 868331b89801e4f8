"""AWS's registry as an environment's private registry: a repository for each image, tags that never move.

Its logins end after hours: this computer asks for a new one in every run, and each node for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.registry import Detour, ExpiringLogins, RegistryAccess
from plugins.slipway.sdk import aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNTAGGED_DAYS = 7
"""After how many days an image that no tag names is removed."""


@dataclass(frozen=True)
class EcrRegistryArgs:
    """What the repositories of an environment need."""

    environment: str
    host: str
    """`ACCOUNT.dkr.ecr.REGION.amazonaws.com`."""
    region: str
    username: str
    password: pulumi.Output[str]
    """Ends after twelve hours."""
    repositories: Sequence[str]
    """Every repository that is pushed to; ECR makes none by itself."""
    keep_images: int
    door: EcrDoor | None = None
    """Where ECR is emulated: how to get there."""


@dataclass(frozen=True)
class EcrDoor:
    """Where an emulated ECR answers, as its names are those of AWS."""

    detour: Detour
    """How the nodes reach it."""
    published: str
    """`host:port` on loopback, for this computer."""
    environment: Mapping[str, str]
    """With which whatever asks for a login talks to the emulated cloud."""


class EcrRegistry(pulumi.ComponentResource):
    """The repositories of one environment."""

    name: str
    """Host name, as the nodes know it."""
    address: str
    access: RegistryAccess
    prefix: str
    immutable_tags = True
    expiring_logins: ExpiringLogins | None
    detour: Detour | None

    def __init__(self, name: str, args: EcrRegistryArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("slipway:index:EcrRegistry", name, None, opts)
        self.name, self.prefix, self.address = args.host, f"slipway-{args.environment}/", ""
        self.detour = args.door.detour if args.door else None
        self.expiring_logins = ExpiringLogins(
            executable="ecr-credential-provider",
            match_images=[args.host],
            environment={"AWS_REGION": args.region, **(args.door.environment if args.door else {})},
        )
        self._repositories = {
            repository: aws.EcrRepository(
                f"{name}-{repository.replace('/', '-')}",
                name=f"{self.prefix}{repository}",
                scan_on_push=True,
                lifecycle={"keepTagged": args.keep_images, "expireUntaggedDays": UNTAGGED_DAYS},
                # Everything in them was built or copied from here, and is there again after the next run.
                force_delete=True,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for repository in args.repositories
        }
        reached = args.door.published if args.door else args.host
        self.access = RegistryAccess(
            address=reached,
            published=reached,
            server_name=args.host,
            username=args.username,
            password=args.password,
            ca_pem=pulumi.Output.from_input(self.detour.ca_pem if self.detour else ""),
            login_from="ecr",
            provider=opts.provider,
        )
        self.register_outputs({"name": self.name})

    def ready_for(self, repository: str) -> list[pulumi.Resource]:
        """Return the repository."""
        return [self._repositories[repository]]

    def reachable(self) -> list[pulumi.Resource]:
        """Return nothing: ECR is always there."""
        return []
