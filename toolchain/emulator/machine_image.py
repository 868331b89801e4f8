"""The machine image of the emulated cloud: slipway's own machine, under the name that instances are launched by."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import boto3
from docker.errors import APIError, DockerException, ImageNotFound

from toolchain.emulator import engine_objects
from toolchain.failure import ToolchainError
from toolchain.images import engine as archives
from toolchain.images import lookup

if TYPE_CHECKING:
    from toolchain.emulator.settings import CloudSettings

RECIPE = "machine"
AMI_NAME = "debian-12-amd64-emulated"
"""As Debian's own are named: debian-12-amd64-<date>-<serial>."""


def ensure_machine_image(name: str) -> None:
    """Load the machine image of the cache into the container engine, unless it is there.

    Raises:
        ToolchainError: It is not in the cache, or the engine refuses it.
    """
    layout, engine = lookup.image(RECIPE), engine_objects.connect()
    try:
        if engine.images.get(name).id == layout.config_digest:
            return
    except ImageNotFound:
        pass
    try:
        list(engine.api.load_image(archives.archive(layout, name), quiet=True))  # type: ignore[no-untyped-call]
    except DockerException as error:
        raise ToolchainError(f"The container engine refuses the image {name}: {error}") from error


def remove_machine_image(name: str) -> None:
    """Take the name back; the image itself stays as long as something else uses it."""
    with suppress(ImageNotFound, APIError):
        engine_objects.connect().images.remove(name)


def register_machine_image(settings: CloudSettings) -> str:
    """See that instances can be launched from the machine image; return its id."""
    client = boto3.client(
        "ec2",
        endpoint_url=settings.endpoint,
        verify=str(settings.ca_file),
        region_name=settings.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - any will do
    )
    found = client.describe_images(Filters=[{"Name": "name", "Values": [AMI_NAME]}])["Images"]
    if found:
        return str(found[0]["ImageId"])
    made = client.register_image(
        Name=AMI_NAME, ImageLocation=settings.machine_image, Architecture="x86_64", RootDeviceName="/dev/xvda"
    )
    return str(made["ImageId"])
