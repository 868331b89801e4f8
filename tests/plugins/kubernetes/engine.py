"""Calls a provider in the order in which Pulumi's engine does, and keeps what it says.

It has no wire and no checkpoint; the tests with the real engine have both.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugins.rpc.resource import Context, DiffResult

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from plugins.rpc.provider import Provider
    from plugins.rpc.resource import Severity


@dataclass
class Made:
    """A resource in the state."""

    token: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Engine:
    """Drives one provider."""

    provider: Provider
    statuses: list[str] = field(default_factory=list)
    logs: list[tuple[str, str]] = field(default_factory=list)
    speaking: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(
        self, token: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Check the inputs of a program."""
        result = await self.provider.resource(token).check(self.context(token, name), olds, news)
        assert not result.failures, result.failures
        return result.inputs

    async def refusal(
        self, token: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> list[str]:
        """Return why the inputs of a program are refused."""
        result = await self.provider.resource(token).check(self.context(token, name), olds, news)
        return [failure.reason for failure in result.failures]

    async def create(self, token: str, name: str, program: dict[str, Any], **context: Value) -> Made:
        """Check and create."""
        inputs = await self.check(token, name, program)
        created = await self.provider.resource(token).create(self.context(token, name, **context), inputs)
        return Made(token, name, created.id, inputs, created.outputs)

    async def diff(self, made: Made, program: dict[str, Any], **context: Value) -> DiffResult:
        """Compare with another version of the program."""
        news = await self.check(made.token, made.name, program, made.inputs)
        ctx = self.context(made.token, made.name, **context)
        return await self.provider.resource(made.token).diff(ctx, made.id, made.inputs, made.outputs, news)

    async def update(self, made: Made, program: dict[str, Any], **context: Value) -> Made:
        """Change to another version of the program."""
        news = await self.check(made.token, made.name, program, made.inputs)
        ctx = self.context(made.token, made.name, **context)
        outputs = await self.provider.resource(made.token).update(ctx, made.id, made.inputs, made.outputs, news)
        return Made(made.token, made.name, made.id, news, outputs)

    async def refresh(self, made: Made) -> Made | None:
        """Read the resource again."""
        ctx = self.context(made.token, made.name)
        result = await self.provider.resource(made.token).read(ctx, made.id, made.inputs, made.outputs)
        if result is None:
            return None
        return Made(made.token, made.name, result.id, result.inputs, result.outputs)

    async def delete(self, made: Made, **context: Value) -> None:
        """Delete the resource."""
        ctx = self.context(made.token, made.name, **context)
        await self.provider.resource(made.token).delete(ctx, made.id, made.inputs, made.outputs)

    def context(self, token: str, name: str, **context: Value) -> Context:
        """Return the context of a call."""

        async def status(text: str) -> None:
            self.statuses.append(text)
            self.speaking.set()

        async def log(severity: Severity, text: str) -> None:
            self.logs.append((severity, text))

        urn = f"urn:pulumi:test::test::{token}::{name}"
        return Context(urn=urn, type=token, name=name, status=status, log=log, **context)
