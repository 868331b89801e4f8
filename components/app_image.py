"""An image of our own code, built here and pushed to the environment's registry.

The base image comes from the registry too; a build downloads nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

if TYPE_CHECKING:
    from components.registry import RegistryService


@dataclass(frozen=True)
class AppImageArgs:
    """What is built from where."""

    environment: str
    context: str
    """The folder that is built from; its .dockerignore says what of it."""
    runtime_image: pulumi.Input[str]
    """Reference of the base image as this computer's engine reaches it."""
    registry: RegistryService
    dockerfile: str = "Dockerfile"
    """Below the context."""


class AppImage(pulumi.ComponentResource):
    """One built image."""

    reference: pulumi.Output[str]
    """`registry/repository@digest`, as the nodes pull it."""

    def __init__(self, name: str, args: AppImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:AppImage", name, None, opts)
        access, repository = args.registry.access, f"slipway/{name}"
        path = f"{args.registry.prefix}{repository}"
        self.image = docker.Image(
            name,
            image_name=pulumi.Output.concat(access.published, "/", path, ":", _tag(args)),
            build=docker.DockerBuildArgs(
                context=args.context,
                dockerfile=f"{args.context}/{args.dockerfile}",
                platform="linux/amd64",
                args={"RUNTIME_IMAGE": args.runtime_image, "ENVIRONMENT": args.environment},
            ),
            registry=docker.RegistryArgs(server=access.published, username=access.username, password=access.password),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.registry.reachable(), *args.registry.ready_for(repository)]
            ),
        )
        digest = self.image.repo_digest.apply(lambda reference: reference.rpartition("@")[2])
        self.reference = pulumi.Output.concat(args.registry.name, "/", path, "@", digest)
        self.register_outputs({"reference": self.reference})


def _tag(args: AppImageArgs) -> pulumi.Input[str]:
    """Return the environment's name; what is built and upon what, where a tag can never be given to another image."""
    if not args.registry.immutable_tags:
        return args.environment
    content = hashlib.sha256()
    for file in sorted(Path(args.context).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content.update(
                f"{file.relative_to(args.context)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode()
            )
    text = content.hexdigest()
    return pulumi.Output.from_input(args.runtime_image).apply(
        lambda runtime: hashlib.sha256(f"{text} {runtime} {args.environment}".encode()).hexdigest()[:16]
    )
