"""Functions that look at what a region and an account offer; they own nothing.

They ask the plugin, which asks AWS, and a preview needs credentials for them. They are coroutines: their answers decide
what a program declares, and a program can put what is wrong into words of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.slipway.sdk.aws.provider import AwsProvider


SAYS_NOTHING = re.compile(r"invoke of \S+ failed: (invocation of \S+ returned an error: )?")


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


@dataclass(frozen=True)
class RegistryLogin:
    """A login to the account's registry that AWS takes for twelve hours."""

    server: str
    """Name of the registry, without a scheme."""
    user: str
    password: str = field(repr=False)
    expires_at: str
    """RFC 3339, UTC."""


class AskingFailedError(Exception):
    """AWS did not answer as hoped; the text is for people."""


async def get_image(
    *, owner: str, name_pattern: str, architecture: str = "x86_64", provider: AwsProvider | None = None
) -> Image:
    """Return the newest image of an owner whose name matches.

    Args:
        owner: Account number, ``self`` or ``amazon``.
        name_pattern: Name with ``*`` and ``?``, such as ``debian-12-amd64-*``.
        architecture: ``x86_64`` or ``arm64``.
        provider: Which region; the environment's when absent.

    Raises:
        AskingFailedError: There is none.
    """
    found = await _asked(
        "getImage", {"owner": owner, "namePattern": name_pattern, "architecture": architecture}, provider
    )
    return Image(found["id"], found["name"], found["creationDate"], found["rootDeviceName"])


async def get_zones(*, provider: AwsProvider | None = None) -> Sequence[str]:
    """Return the names of the region's zones that can be used, sorted.

    Args:
        provider: Which region; the environment's when absent.

    Raises:
        AskingFailedError: AWS refused to tell.
    """
    return list((await _asked("getZones", {}, provider))["names"])


async def get_instance_type(*, name: str, provider: AwsProvider | None = None) -> InstanceType:
    """Return the size of an instance type.

    Args:
        name: Such as ``t3.medium``.
        provider: Which region; the environment's when absent.

    Raises:
        AskingFailedError: The region has no such type.
    """
    found = await _asked("getInstanceType", {"name": name}, provider)
    return InstanceType(found["name"], int(found["vcpus"]), int(found["memoryMib"]), found["architectures"])


async def get_registry_login(*, provider: AwsProvider | None = None) -> RegistryLogin:
    """Return a login, which is a secret; another one each time, so no input of a resource that compares it.

    Args:
        provider: Which account and region; the environment's when absent.

    Raises:
        AskingFailedError: AWS refused to tell.
    """
    found = await _asked("getRegistryLogin", {}, provider)
    return RegistryLogin(found["server"], found["user"], found["password"], found["expiresAt"])


async def _asked(function: str, args: dict[str, Any], provider: AwsProvider | None) -> dict[str, Any]:
    try:
        found: dict[str, Any] = await pulumi.runtime.invoke_async(
            f"slipway:aws:{function}", args, pulumi.InvokeOptions(provider=provider)
        )
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        raise AskingFailedError(SAYS_NOTHING.sub("", str(error))) from None
    return found
