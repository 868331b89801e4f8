"""Functions that look at what a region offers; they own nothing.

They ask the plugin, which asks AWS: a preview needs credentials for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.slipway.sdk.aws.provider import AwsProvider


@dataclass(frozen=True)
class Image:
    """A machine image."""

    id: str
    """``ami-...``"""
    name: str
    creation_date: str
    """RFC 3339."""
    root_device_name: str


@dataclass(frozen=True)
class InstanceType:
    """The size of an instance type."""

    name: str
    vcpus: int
    memory_mib: int
    architectures: Sequence[str]
    """Of ``x86_64``, ``arm64``, ``i386``."""


def get_image(
    *,
    owner: pulumi.Input[str],
    name_pattern: pulumi.Input[str],
    architecture: pulumi.Input[str] = "x86_64",
    provider: AwsProvider | None = None,
) -> pulumi.Output[Image]:
    """Return the newest image of an owner whose name matches; none is an error.

    Args:
        owner: Account number, ``self`` or ``amazon``.
        name_pattern: Name with ``*`` and ``?``, such as ``debian-12-amd64-*``.
        architecture: ``x86_64`` or ``arm64``.
        provider: Which region; the environment's when absent.
    """
    args = {"owner": owner, "namePattern": name_pattern, "architecture": architecture}
    return _asked("getImage", args, provider).apply(
        lambda found: Image(found["id"], found["name"], found["creationDate"], found["rootDeviceName"])
    )


def get_zones(*, provider: AwsProvider | None = None) -> pulumi.Output[Sequence[str]]:
    """Return the names of the region's zones that can be used, sorted.

    Args:
        provider: Which region; the environment's when absent.
    """
    return _asked("getZones", {}, provider).apply(lambda found: list(found["names"]))


def get_instance_type(*, name: pulumi.Input[str], provider: AwsProvider | None = None) -> pulumi.Output[InstanceType]:
    """Return the size of an instance type; one that the region does not have is an error.

    Args:
        name: Such as ``t3.medium``.
        provider: Which region; the environment's when absent.
    """
    return _asked("getInstanceType", {"name": name}, provider).apply(
        lambda found: InstanceType(found["name"], found["vcpus"], found["memoryMib"], found["architectures"])
    )


def _asked(function: str, args: dict[str, Any], provider: AwsProvider | None) -> pulumi.Output[dict[str, Any]]:
    options = pulumi.InvokeOutputOptions(provider=provider)
    return pulumi.runtime.invoke_output(f"slipway:aws:{function}", args, options)
