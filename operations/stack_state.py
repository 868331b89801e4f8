"""What Pulumi's state says about a stack, as far as slipway's own commands need it before they run the CLI.

It deliberately goes through `pulumi stack export`, so that it works with every backend, and reveals secrets only where
it is told to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations import pulumi_cli
from operations.exit_code import ExitCode

if TYPE_CHECKING:
    from operations.session import Session

STACK_TYPE = "pulumi:pulumi:Stack"
HOST_RUN = "slipway:index:AnsibleRun"
"""Resource type of what Ansible does on hosts."""


@dataclass(frozen=True)
class Recorded:
    """One resource in the state."""

    urn: str
    type: str
    id: str
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    outputs: dict[str, Any] = field(default_factory=dict, repr=False)
    made_at: tuple[str, ...] = ()
    """Places in the program that declared it, innermost first, such as `components/web_tier.py#70`."""

    def plain_input(self, name: str) -> str | None:
        """Return an input that is a plain string, not a secret."""
        value = self.inputs.get(name)
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class PendingOperation:
    """An operation that was under way when a run was killed."""

    kind: str
    """`creating`, `updating`, `deleting`, `reading` or `importing`."""
    resource: Recorded


@dataclass(frozen=True)
class StackState:
    """The state of one stack."""

    exported: str
    resources: tuple[Recorded, ...]
    pending: tuple[PendingOperation, ...]
    outputs: dict[str, Any]
    """Outputs of the stack as the last update left them; secrets are ciphertexts."""


def read_state(session: Session, *, show_secrets: bool = False) -> StackState | None:
    """Return the state of the environment's stack, or None when there is no such stack.

    Args:
        session: The environment.
        show_secrets: Reveal the secrets, still marked as such; without it they stay encrypted.

    Raises:
        PulumiFailedError: It cannot be read.
    """
    try:
        flags = ("--show-secrets",) if show_secrets else ()
        exported = pulumi_cli.capture(session, "stack", "export", "--stack", session.environment, *flags, private=True)
    except pulumi_cli.PulumiFailedError as error:
        if error.code == ExitCode.STACK_NOT_FOUND or "no stack named" in str(error):
            return None
        raise
    return parse_state(exported)


def import_state(session: Session, exported: str) -> None:
    """Make this the state of the environment's stack; operations that were pending are not any more.

    Raises:
        PulumiFailedError: The CLI refused.
    """
    pulumi_cli.capture(session, "stack", "import", "--stack", session.environment, stdin=exported, private=True)


def parse_state(exported: str) -> StackState:
    """Read the output of `pulumi stack export`."""
    deployment: dict[str, Any] = json.loads(exported).get("deployment") or {}
    entries = deployment.get("resources") or ()
    return StackState(
        exported=exported,
        resources=tuple(_recorded(entry) for entry in entries),
        pending=tuple(
            PendingOperation(kind=entry["type"], resource=_recorded(entry["resource"]))
            for entry in deployment.get("pending_operations") or ()
        ),
        outputs=next((entry.get("outputs") or {} for entry in entries if entry["type"] == STACK_TYPE), {}),
    )


def _recorded(entry: dict[str, Any]) -> Recorded:
    by_property: dict[str, list[str]] = entry.get("propertyDependencies") or {}
    dependencies = {*(entry.get("dependencies") or ()), *(urn for urns in by_property.values() for urn in urns or ())}
    return Recorded(
        urn=entry["urn"],
        type=entry["type"],
        id=entry.get("id", ""),
        inputs=entry.get("inputs") or {},
        dependencies=frozenset(dependencies),
        outputs=entry.get("outputs") or {},
        made_at=tuple(place for frame in entry.get("stackTrace") or () if (place := _own_place(frame))),
    )


def _own_place(frame: dict[str, str]) -> str | None:
    """Return where a stack frame is when it is in the program itself, not in a library or in slipway's engine."""
    place = frame.get("sourcePosition", "").removeprefix("project:///")
    return place if place.startswith(("components/", "stacks/")) and "__main__" not in place else None
