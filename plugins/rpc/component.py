"""One component that the engine asks a provider to build: its inputs, and a way to register its children.

What the children are is the provider's business; options such as providers, transforms and protect reach them
through the engine, which knows their parent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugins.rpc.values import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.rpc.engine import Engine
    from plugins.rpc.monitor import Monitor
    from plugins.rpc.resource import Severity


@dataclass(frozen=True)
class Child:
    """One resource to register."""

    type: str
    name: str
    inputs: dict[str, Any]
    version: str
    """Of the provider plugin, so that the default provider is the one that the program uses."""
    retain_on_delete: bool = False
    alias_types: Sequence[str] = ()
    """Other types under which a state may know it."""


@dataclass(frozen=True)
class Component:
    """A component that is registered, and has no children yet."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    preview: bool
    monitor: Monitor = field(repr=False)
    engine: Engine = field(repr=False)

    async def register(self, child: Child, depends_on: Sequence[str] = ()) -> Reference:
        """Register a child and wait until it is done.

        Args:
            child: The resource.
            depends_on: URNs of resources that must exist before it, and go after it.

        Raises:
            ResourceFailed: it could not be made; the engine has told why.
        """
        urn, identifier = await self.monitor.register_child(self.urn, child, depends_on)
        return Reference(urn, identifier, child.version)

    async def log(self, severity: Severity, text: str) -> None:
        """Add a line to the diagnostics of the component."""
        await self.engine.log(severity, text, urn=self.urn)
