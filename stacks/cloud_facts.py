"""What AWS says before anything is made: zones, the machine image, instance types, and where its registry is.

It makes nothing; what AWS does not have is one error that names every key.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pulumi

from plugins.slipway.sdk import aws
from stacks.settings import SettingsError
from stacks.settings_aws import ZONES
from stacks.settings_problem import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping, Sequence

    from stacks.settings import Settings
    from stacks.settings_aws import Aws
    from stacks.settings_model import ControlPlane, Pool

T = TypeVar("T")

ARCHITECTURE = "x86_64"
"""Of every image that set-up builds."""


@dataclass(frozen=True)
class CloudFacts:
    """What an environment is built with."""

    zones: Sequence[str]
    image_id: str
    login: aws.RegistryLogin


async def ask(stack: str, settings: Settings, cloud: Aws, provider: aws.AwsProvider) -> CloudFacts:
    """Return the facts.

    Raises:
        SettingsError: AWS does not have what the settings ask for; everything is listed.
        RunError: AWS cannot be asked.
    """
    try:
        return await _facts(stack, settings, cloud, provider)
    except aws.AskingFailedError as failed:
        raise pulumi.RunError(str(failed)) from None  # a traceback would bury it


async def _facts(stack: str, settings: Settings, cloud: Aws, provider: aws.AwsProvider) -> CloudFacts:
    types = sorted({part.instance_type or "" for _, part in _parts(settings)})
    known, sizes = await asyncio.gather(
        asyncio.gather(
            aws.get_zones(provider=provider),
            _or_why(
                aws.get_image(
                    owner=cloud.image.owner, name_pattern=cloud.image.name, architecture=ARCHITECTURE, provider=provider
                )
            ),
            aws.get_registry_login(provider=provider),
        ),
        asyncio.gather(*(_or_why(aws.get_instance_type(name=name, provider=provider)) for name in types)),
    )
    offered, image, login = known
    problems = [*_zone_problems(cloud, offered), *_type_problems(settings, dict(zip(types, sizes, strict=True)))]
    if isinstance(image, str):
        problems.append(Problem(("aws", "image"), f"fits no machine image; expected one that exists: {image}"))
    if problems or isinstance(image, str):
        raise SettingsError(f"environments/Pulumi.{stack}.yaml", [str(problem) for problem in problems])
    return CloudFacts(zones=cloud.zones or offered[:ZONES], image_id=image.id, login=login)


async def _or_why(answer: Awaitable[T]) -> T | str:
    """Return what AWS has, or why it has no such thing."""
    try:
        return await answer
    except aws.AskingFailedError as failed:
        return str(failed)


def _parts(settings: Settings) -> list[tuple[tuple[str | int, ...], ControlPlane | Pool]]:
    return [
        (("controlPlane",), settings.control_plane),
        *((("pools", index), pool) for index, pool in enumerate(settings.pools)),
    ]


def _zone_problems(cloud: Aws, offered: Sequence[str]) -> Iterator[Problem]:
    for index, zone in enumerate(cloud.zones or ()):
        if zone not in offered:
            text = f"'{zone}' is no zone that is available; expected one of {', '.join(offered)}"
            yield Problem(("aws", "zones", index), text)
    if not cloud.zones and len(offered) < ZONES:
        text = f"the region has {len(offered)} available zones ({', '.join(offered)}); expected another with {ZONES}"
        yield Problem(("aws", "region"), text)


def _type_problems(settings: Settings, sizes: Mapping[str, aws.InstanceType | str]) -> Iterator[Problem]:
    for path, part in _parts(settings):
        key, offered = (*path, "instanceType"), sizes[part.instance_type or ""]
        if isinstance(offered, str):
            yield Problem(key, f"'{part.instance_type}' cannot be used; expected a type of the region: {offered}")
        elif ARCHITECTURE not in offered.architectures:
            yield Problem(key, f"'{part.instance_type}' is no {ARCHITECTURE} machine; expected one, as images are")
        elif offered.vcpus < part.cpu or offered.memory_mib < part.memory_mib:
            text = (
                f"'{part.instance_type}' has {offered.vcpus} cores and {offered.memory_mib} MiB, but {part.cpu} and "
                f"{part.memory_mib} MiB are declared; expected a larger type, or a smaller size"
            )
            yield Problem(key, text)
