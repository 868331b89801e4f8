"""Calls the provider in the order in which Pulumi's engine does, and keeps what it says.

It has no wire and no checkpoint; the test with the real engine has both.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugins.rpc.resource import Context, DiffResult

if TYPE_CHECKING:
    from plugins.rpc.provider import Provider
    from plugins.rpc.resource import Severity

PREFIX = "slipway:aws:"


@dataclass
class Made:
    """A resource in the state."""

    noun: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Engine:
    """Drives one provider."""

    provider: Provider
    statuses: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    state: list[Made] = field(default_factory=list)
    speaking: asyncio.Event = field(default_factory=asyncio.Event)

    async def configure(self, **variables: Any) -> None:  # noqa: ANN401
        """Check and configure an explicit provider."""
        checked = await self.provider.check_named_config("aws", None, variables)
        assert not checked.failures, checked.failures
        await self.provider.configure(checked.inputs)

    async def refusals(self, noun: str, **program: Any) -> dict[str, str]:  # noqa: ANN401
        """Return what is wrong with the inputs of a program."""
        result = await self.provider.resource(PREFIX + noun).check(self.context(noun, "x"), None, program)
        return {failure.property: failure.reason for failure in result.failures}

    async def check(self, noun: str, name: str, program: dict[str, Any], olds: Made | None = None) -> dict[str, Any]:
        """Check the inputs of a program."""
        old_inputs = olds.inputs if olds else None
        result = await self.provider.resource(PREFIX + noun).check(self.context(noun, name), old_inputs, program)
        assert not result.failures, result.failures
        return result.inputs

    async def create(self, noun: str, name: str = "x", /, *, timeout: float | None = None, **program: Any) -> Made:  # noqa: ANN401, ASYNC109
        """Check and create."""
        inputs = await self.check(noun, name, program)
        ctx = self.context(noun, name, timeout_seconds=timeout)
        created = await self.provider.resource(PREFIX + noun).create(ctx, inputs)
        made = Made(noun, name, created.id, inputs, created.outputs)
        self.state.append(made)
        return made

    async def preview(self, noun: str, **program: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the outputs that a preview of a creation shows."""
        inputs = await self.check(noun, "x", program)
        ctx = self.context(noun, "x", preview=True)
        return (await self.provider.resource(PREFIX + noun).create(ctx, inputs)).outputs

    async def diff(self, made: Made, **program: Any) -> DiffResult:  # noqa: ANN401
        """Compare with another version of the program."""
        news = await self.check(made.noun, made.name, program, made)
        ctx = self.context(made.noun, made.name)
        return await self.provider.resource(PREFIX + made.noun).diff(ctx, made.id, made.inputs, made.outputs, news)

    async def update(self, made: Made, *, preview: bool = False, **program: Any) -> Made:  # noqa: ANN401
        """Change to another version of the program."""
        news = await self.check(made.noun, made.name, program, made)
        ctx = self.context(made.noun, made.name, preview=preview)
        resource = self.provider.resource(PREFIX + made.noun)
        outputs = await resource.update(ctx, made.id, made.inputs, made.outputs, news)
        return Made(made.noun, made.name, made.id, news, outputs)

    async def refresh(self, made: Made) -> Made | None:
        """Read the resource again."""
        ctx = self.context(made.noun, made.name)
        result = await self.provider.resource(PREFIX + made.noun).read(ctx, made.id, made.inputs, made.outputs)
        return result and Made(made.noun, made.name, result.id, result.inputs, result.outputs)

    async def imported(self, noun: str, id: str) -> Made | None:  # noqa: A002
        """Read a resource that no state has."""
        return await self.refresh(Made(noun, "imported", id, {}, {}))

    async def delete(self, made: Made, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Delete the resource."""
        ctx = self.context(made.noun, made.name, timeout_seconds=timeout)
        await self.provider.resource(PREFIX + made.noun).delete(ctx, made.id, made.inputs, made.outputs)
        self.state = [other for other in self.state if other.id != made.id]

    async def invoke(self, function: str, **args: Any) -> dict[str, Any]:  # noqa: ANN401
        """Call a function."""
        return await self.provider.invoke(self.context(function, "x"), PREFIX + function, args)

    async def destroy(self) -> None:
        """Delete everything, the youngest first; what a failed test left in the way is not waited for."""
        for made in reversed(self.state):
            await self.delete(made, timeout=5)

    def context(self, noun: str, name: str, **more: Any) -> Context:  # noqa: ANN401
        """Return the context of a call."""

        async def status(text: str) -> None:
            self.statuses.append(text)
            self.speaking.set()

        async def log(severity: Severity, text: str) -> None:
            self.logs.append(f"{severity}: {text}")

        urn = f"urn:pulumi:test::test::{PREFIX}{noun}::{name}"
        return Context(urn=urn, type=PREFIX + noun, name=name, status=status, log=log, **more)


def changed(diff: DiffResult) -> dict[str, str]:
    """Return the paths that a diff names, with the kind of each."""
    return {path: change.kind.name for path, change in diff.detailed.items()}
