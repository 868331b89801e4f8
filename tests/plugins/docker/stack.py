"""Drives resources the way Pulumi's engine does: check, diff, create, read, update, delete.

It keeps the state that the engine would keep, and no test logic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugins.docker.provider import RESOURCES
from plugins.rpc.resource import Context

if TYPE_CHECKING:
    import docker

    from plugins.docker.engine import Engine
    from plugins.rpc.resource import DiffResult, Resource

LABEL = "io.slipway.environment=dockertest"
LABELS = [{"label": "io.slipway.environment", "value": "dockertest"}]


@dataclass
class Deployed:
    """One resource in the state."""

    resource: Resource
    ctx: Context
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class Stack:
    """A stack in memory."""

    engine: Engine
    api: docker.APIClient
    deployed: list[Deployed] = field(default_factory=list)

    def _context(self, kind: str, name: str, *, preview: bool = False) -> Context:
        token = f"docker:index/{kind[0].lower()}{kind[1:]}:{kind}"
        return Context(f"urn:pulumi:dockertest::tests::{token}::{name}", token, name, preview)

    async def check(self, kind: str, name: str, olds: dict[str, Any] | None = None, /, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return checked inputs; failures of the check fail the test."""
        ctx = self._context(kind, name)
        result = await self._resource(kind).check(ctx, olds, inputs)
        assert not result.failures, result.failures
        return result.inputs

    def _resource(self, kind: str) -> Resource:
        return RESOURCES[self._context(kind, "").type](self.engine)

    async def preview(self, kind: str, name: str, /, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return what a preview of a creation shows."""
        checked = await self.check(kind, name, **inputs)
        return (await self._resource(kind).create(self._context(kind, name, preview=True), checked)).outputs

    async def up(self, kind: str, name: str, /, **inputs: Any) -> Deployed:  # noqa: ANN401
        """Create a resource."""
        checked = await self.check(kind, name, **inputs)
        resource, ctx = self._resource(kind), self._context(kind, name)
        created = await resource.create(ctx, checked)
        self.deployed.append(Deployed(resource, ctx, created.id, checked, created.outputs))
        return self.deployed[-1]

    async def diff(self, old: Deployed, /, **inputs: Any) -> DiffResult:  # noqa: ANN401
        """Compare a deployed resource with new inputs."""
        checked = (await old.resource.check(old.ctx, old.inputs, inputs)).inputs
        return await old.resource.diff(old.ctx, old.id, old.inputs, old.outputs, checked)

    async def update(self, old: Deployed, /, **inputs: Any) -> Deployed:  # noqa: ANN401
        """Change a resource in place."""
        checked = (await old.resource.check(old.ctx, old.inputs, inputs)).inputs
        old.outputs = await old.resource.update(old.ctx, old.id, old.inputs, old.outputs, checked)
        old.inputs = checked
        return old

    async def refresh(self, old: Deployed) -> Deployed | None:
        """Read a resource; None when it is gone."""
        result = await old.resource.read(old.ctx, old.id, old.inputs, old.outputs)
        if result is None:
            self.deployed.remove(old)
            return None
        old.inputs, old.outputs = result.inputs, result.outputs
        return old

    async def delete(self, old: Deployed) -> None:
        """Destroy one resource."""
        self.deployed.remove(old)
        await old.resource.delete(old.ctx, old.id, old.inputs, old.outputs)

    async def destroy(self) -> None:
        """Destroy everything, newest first."""
        for old in reversed(list(self.deployed)):
            await self.delete(old)
