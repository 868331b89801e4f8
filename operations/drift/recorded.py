"""What Pulumi's state records of an environment, secrets revealed, as the layers compare it.

It deliberately keeps the secrets in this process alone: they are compared and masked, never shown or stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from operations.drift.resource import Resource
from operations.drift.secret_texts import Redaction, plain_texts, revealed, secret_texts
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.stack_state import read_state

if TYPE_CHECKING:
    from operations.session import Session
    from operations.stack_state import Recorded, StackState


@dataclass(frozen=True)
class RecordedState:
    """Everything that is recorded."""

    state: StackState = field(repr=False)
    resources: tuple[Resource, ...]
    redaction: Redaction = field(repr=False)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack, secrets revealed."""
        return next((item.outputs for item in self.resources if item.type == "pulumi:pulumi:Stack"), {})

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [item for item in self.resources if item.type in types]


def read_recorded(session: Session) -> RecordedState:
    """Read the state.

    Raises:
        OperationFailedError: There is no stack, or nothing in it, or it cannot be read.
    """
    state = read_state(session, show_secrets=True)
    if state is None or not state.resources:
        raise OperationFailedError(
            f"Nothing is recorded of '{session.environment}', so nothing can have drifted. "
            f"Make it with: slipway up {session.environment}",
            ExitCode.STACK_NOT_FOUND,
        )
    return recorded_state(state)


def recorded_state(state: StackState) -> RecordedState:
    """Reveal a state."""
    texts = {
        text for item in state.resources for part in (item.inputs, item.outputs) for text in secret_texts(part) if text
    }
    plain = {text for item in state.resources for part in (item.inputs, item.outputs) for text in plain_texts(part)}
    plain |= {item.urn.rpartition("::")[2] for item in state.resources}
    return RecordedState(state, tuple(_resource(item) for item in state.resources), Redaction(texts, plain))


def _resource(item: Recorded) -> Resource:
    return Resource(
        urn=item.urn,
        type=item.type,
        id=item.id,
        inputs=spelled(revealed(item.inputs)),
        outputs=spelled(revealed(item.outputs)),
        made_at=item.made_at,
    )


def spelled(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Undo what the Python SDK makes of `x-kubernetes-...` in definitions, as the provider plugin does."""
    if isinstance(value, dict):
        return {
            key.replace("_", "-") if key.startswith("x_kubernetes_") else key: spelled(item)
            for key, item in value.items()
        }
    return [spelled(item) for item in value] if isinstance(value, list) else value
