"""What is true of everything that lives: looking changes nothing, it can be imported, and it dies once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.aws.engine import changed

if TYPE_CHECKING:
    from tests.plugins.aws.engine import Engine, Made


async def lives(engine: Engine, made: Made, program: dict[str, Any]) -> None:
    """Hold what is true of every type: a look changes nothing, nor does a second run, and an import finds it all."""
    assert await engine.refresh(made) == made
    assert not (await engine.diff(made, **program)).changes
    imported = await engine.imported(made.noun, made.id)
    assert imported
    undone = await engine.diff(imported, **program)
    # What AWS cannot know, as what to do at the end.
    assert set(changed(undone)) <= {"forceDelete", "forceDestroy"}


async def dies(engine: Engine, made: Made) -> None:
    """Delete it, twice, as a run that was interrupted would."""
    await engine.delete(made)
    assert await engine.refresh(made) is None
    await engine.delete(made)


async def network(engine: Engine) -> tuple[str, list[str]]:
    vpc = await engine.create("Vpc", "v", cidrBlock="10.1.0.0/16")
    subnets = [
        await engine.create("Subnet", zone, vpcId=vpc.id, cidrBlock=f"10.1.{at}.0/24", availabilityZone=f"{zone}")
        for at, zone in enumerate(("eu-central-1a", "eu-central-1b"), 1)
    ]
    return vpc.id, sorted(subnet.id for subnet in subnets)


async def killed_after(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, method: str, noun: str, program: dict[str, Any]
) -> None:
    """Create something and die when AWS has made it, before anybody hears of it."""
    account = engine.provider.account  # type: ignore[attr-defined]
    send = account.call

    async def cut(service: str, called: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await send(service, called, parameters)
        if called == method:
            raise asyncio.CancelledError
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(account, "call", cut)
        with pytest.raises(asyncio.CancelledError):
            await engine.create(noun, **program)
