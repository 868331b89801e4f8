"""The shape of one provider: its name, its configuration, its resource types and components.

It is not the gRPC server; ``plugins.rpc.server.serve`` puts one on the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.rpc.diff import structural_diff
from plugins.rpc.resource import CheckResult, DiffResult

if TYPE_CHECKING:
    from plugins.rpc.component import Component
    from plugins.rpc.resource import Context, Properties, Resource


class Provider:
    """Subclass it with ``name``, ``version`` and ``resource``; the rest has defaults."""

    name: str
    version: str
    configured: bool = False
    """False until ``configure`` succeeded with known values; previews then echo their inputs."""
    autonaming: bool = False
    """Whether the provider honours the engine's autonaming configuration."""

    def resource(self, token: str) -> Resource:
        """Return the implementation of a type token.

        Raises:
            KeyError: the provider does not know the type.
        """
        raise KeyError(token)

    async def check_config(self, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate the provider's own inputs."""
        del olds
        return CheckResult(news)

    async def check_named_config(self, name: str, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate likewise, knowing what the program calls this provider; the engine's own are called default."""
        del name
        return await self.check_config(olds, news)

    async def diff_config(self, old_inputs: Properties, news: Properties) -> DiffResult:
        """Say whether a changed configuration means another world (a replacement of everything); by default not."""
        detailed = structural_diff(old_inputs, news)
        return DiffResult(bool(detailed), detailed=detailed)

    async def configure(self, variables: Properties) -> None:
        """Take the configuration; set ``configured`` once all that is needed is known."""
        del variables
        self.configured = True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Answer a function call of the program.

        Raises:
            KeyError: the provider does not know the function.
        """
        del ctx, args
        raise KeyError(token)

    async def construct(self, component: Component) -> dict[str, Any]:
        """Register the children of a component, and return its outputs.

        Raises:
            KeyError: the provider does not know the component.
        """
        raise KeyError(component.type)

    async def cancel(self) -> None:
        """Stop what is under way; the user pressed Ctrl-C."""

    async def finished(self) -> None:
        """Note that the engine ended this process in good order: what it was answered is in its state."""

    async def close(self) -> None:
        """Release connections and temporary files before the process ends."""
