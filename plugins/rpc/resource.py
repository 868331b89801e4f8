"""The shape of one resource type: check, diff, create, read, update, delete.

It does no I/O and knows no gRPC; a provider maps type tokens to instances of ``Resource``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from plugins.rpc.change import ChangeKind, PropertyChange
from plugins.rpc.diff import structural_diff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = [
    "ChangeKind",
    "CheckResult",
    "Context",
    "Created",
    "DiffResult",
    "Failure",
    "Properties",
    "PropertyChange",
    "ReadResult",
    "Resource",
    "Severity",
]

Properties = dict[str, Any]
Severity = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class Failure:
    """Why an input is not acceptable; ``property`` is a path in Pulumi's syntax, '' for the whole resource."""

    property: str
    reason: str


@dataclass(frozen=True)
class CheckResult:
    """Inputs with defaults filled in, and what is wrong with them."""

    inputs: Properties
    failures: Sequence[Failure] = ()


@dataclass(frozen=True)
class DiffResult:
    """What an update would change."""

    changes: bool
    replaces: Sequence[str] = ()
    delete_before_replace: bool = False
    detailed: dict[str, PropertyChange] = field(default_factory=dict)
    stables: Sequence[str] = ()


@dataclass(frozen=True)
class Created:
    """A new object: its id ('' in a preview) and its outputs."""

    id: str
    outputs: Properties


@dataclass(frozen=True)
class ReadResult:
    """An object as it is now."""

    id: str
    inputs: Properties
    outputs: Properties


async def _discard(_text: str) -> None:
    """Swallow progress where no engine listens, as in unit tests."""


async def _discard_log(_severity: Severity, _text: str) -> None:
    """Swallow log lines likewise."""


@dataclass(frozen=True)
class Context:
    """What the engine says about one operation besides the properties."""

    urn: str = ""
    type: str = ""
    name: str = ""
    preview: bool = False
    timeout_seconds: float | None = None
    ignore_changes: Sequence[str] = ()
    random_seed: bytes = b""
    proposed_name: str = ""
    """What the engine's autonaming configuration makes of the resource's name; '' where there is none."""
    autonaming_disabled: bool = False
    """Whether that configuration wants every name chosen by the program."""
    status: Callable[[str], Awaitable[None]] = _discard
    """Shows a passing line in Pulumi's status column."""
    log: Callable[[Severity, str], Awaitable[None]] = _discard_log
    """Adds a lasting line to the diagnostics of the resource."""


class Resource:
    """One resource type; the defaults suit a resource whose every input can be changed in place."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate and complete ``news``; ``olds`` are the previous checked inputs, if any."""
        del ctx, olds
        return CheckResult(news)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare the checked inputs of before with those of now."""
        del ctx, id, old_state
        detailed = structural_diff(old_inputs, news)
        return DiffResult(bool(detailed), detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the object, or say in a preview what it would look like."""
        raise NotImplementedError

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at the object; ``None`` means it is gone. An import comes with empty inputs and state."""
        del ctx
        return ReadResult(id, inputs, state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Change the object in place and return its new outputs."""
        raise NotImplementedError

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the object; one that is gone already is no error."""
        raise NotImplementedError
