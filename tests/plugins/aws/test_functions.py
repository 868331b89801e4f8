"""Functions against moto: what a region offers, and what is told when it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


async def ask(engine: Engine, function: str, **args: Any) -> dict[str, Any]:  # noqa: ANN401
    return await engine.provider.invoke(engine.context(function, ""), f"slipway:aws:{function}", args)


async def test_zones_are_those_of_the_region(engine: Engine) -> None:
    assert await ask(engine, "getZones") == {"names": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]}


async def test_image_is_the_newest_that_matches(engine: Engine, image: str, boto: Callable[[str], Any]) -> None:
    known = boto("ec2").describe_images(ImageIds=[image])["Images"][0]
    found = await ask(engine, "getImage", owner=known["OwnerId"], namePattern=f"{known['Name'][:30]}*")
    assert found["name"].startswith(known["Name"][:30])
    with pytest.raises(ResourceFailed, match=r"getImage: owner self has no image for arm64 named like 'mine-\*'"):
        await ask(engine, "getImage", owner="self", namePattern="mine-*", architecture="arm64")
    with pytest.raises(ResourceFailed, match="getImage: A getImage needs 'namePattern'"):
        await ask(engine, "getImage", owner="self")


async def test_instance_type_has_a_size(engine: Engine) -> None:
    found = await ask(engine, "getInstanceType", name="t3.medium")
    assert (found["vcpus"], found["memoryMib"], found["architectures"]) == (2, 4096, ["x86_64"])
    with pytest.raises(ResourceFailed, match=r"has no instance type 't3\.gigantic'"):
        await ask(engine, "getInstanceType", name="t3.gigantic")
