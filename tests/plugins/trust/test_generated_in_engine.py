"""For containers, networks and volumes nobody thought of: up; up changes nothing; a refresh shows what others did.

The next update puts it right, and a destroy leaves nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from plugins.docker.engine import Engine
from tests.plugins.docker.stack import Deployed, Stack
from tests.plugins.trust.generated_in_engine import FOREIGN, STACK, Foreign, Program, World, programs
from tests.plugins.trust.trust_engine import TrustEngine, trust_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

KINDS = {"network": "Network", "volume": "Volume", "container": "Container"}
EXAMPLES = settings(
    max_examples=2,  # for each thing that somebody may do: the simplest program, and one more
    derandomize=True,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes, as each example starts containers
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass
class Deployment:
    """One example: the three resources, as the engine of Pulumi would drive them."""

    stack: Stack
    program: Program
    made: dict[str, Deployed]

    def inputs(self, what: str) -> dict[str, Any]:
        """Return what the program says about a resource."""
        own: dict[str, Any] = getattr(self.program, what)
        if what != "container":
            return own
        return {
            **own,
            "networksAdvanced": [{"name": self.made["network"].outputs["name"], "aliases": ["generated"]}],
            "volumes": [{"volumeName": self.made["volume"].id, "containerPath": "/data"}],
        }

    async def up(self) -> set[str]:
        """Bring everything to what the program says; return what had to change."""
        changed = set()
        for what, kind in KINDS.items():
            if what not in self.made:
                self.made[what] = await self.stack.up(kind, what, **self.inputs(what))
                changed.add(what)
                continue
            difference = await self.stack.diff(self.made[what], **self.inputs(what))
            if difference.replaces:
                await self.stack.delete(self.made[what])
                self.made[what] = await self.stack.up(kind, what, **self.inputs(what))
            elif difference.changes:
                await self.stack.update(self.made[what], **self.inputs(what))
            changed |= {what} if difference.changes else set()
        return changed

    async def refresh(self) -> set[str]:
        """Read everything; return what is gone."""
        gone = {what for what, resource in self.made.items() if await self.stack.refresh(resource) is None}
        for what in gone:
            del self.made[what]
        return gone

    async def drift(self) -> dict[str, set[str]]:
        """Return the inputs that differ from the program, of those resources where some do."""
        differences = {what: await self.stack.diff(made, **self.inputs(what)) for what, made in self.made.items()}
        return {what: set(difference.detailed) for what, difference in differences.items() if difference.changes}


@pytest.fixture(scope="module")
def in_engine(api: docker.APIClient, busybox: Path) -> Iterator[TrustEngine]:
    yield from trust_engine(api, busybox, STACK)


@pytest.mark.parametrize("what", FOREIGN)
def test_a_refresh_shows_exactly_what_others_did_and_an_update_puts_it_right(
    in_engine: TrustEngine, api: docker.APIClient, what: str
) -> None:
    @EXAMPLES
    @given(programs())
    def holds(program: Program) -> None:
        engine = Engine()
        try:
            asyncio.run(lives(Deployment(Stack(engine, api), program, {}), FOREIGN[what], in_engine))
        finally:
            engine.close()
            in_engine.remove_objects()

    holds()


async def lives(deployment: Deployment, foreign: Foreign, in_engine: TrustEngine) -> None:
    assert await deployment.up() == set(KINDS)
    assert await deployment.up() == set()
    assert await unchanged_by_a_refresh(deployment)
    before = dict(deployment.made["container"].outputs)
    foreign.act(World(deployment.stack.api, **deployment.made))
    assert await deployment.refresh() == foreign.gone
    # A generated name is nobody's wish: the one that somebody gave is kept.
    drift = set() if "name" in foreign.drift - deployment.program.container.keys() else set(foreign.drift)
    if "container" in deployment.made:
        assert await deployment.drift() == ({"container": drift} if drift else {})
        assert differing(before, deployment.made["container"].outputs) == foreign.drift | foreign.shown
    assert await deployment.up() == (foreign.gone or ({"container"} if drift else set()))
    assert await deployment.up() == set()
    assert await unchanged_by_a_refresh(deployment)
    await deployment.stack.destroy()
    assert in_engine.live() == {}


async def unchanged_by_a_refresh(deployment: Deployment) -> bool:
    """Say whether reading everything changes neither inputs nor outputs, and leaves nothing to do."""
    before = {what: (dict(made.inputs), dict(made.outputs)) for what, made in deployment.made.items()}
    assert await deployment.refresh() == set()
    assert {what: (made.inputs, made.outputs) for what, made in deployment.made.items()} == before
    return await deployment.drift() == {}


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in {*one, *other} if one.get(key) != other.get(key)}
