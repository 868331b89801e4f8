"""What the engine keeps of an object: the live object, the inputs it came from, and who manages it.

The layout is the official plugin's, so that a stack can move between the two.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, checkpointObject and annotateSecrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.model.normalizing import dashed, underscored
from plugins.rpc.values import Secret, contains_secret, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import KubeObject, Value

FIELD_MANAGER: Final = "__fieldManager"
INITIAL_API_VERSION: Final = "__initialApiVersion"
INPUTS: Final = "__inputs"


@dataclass(frozen=True)
class Remembered:
    """A parsed state, without secrets' wrappers and in the API's spelling."""

    live: KubeObject
    inputs: KubeObject
    initial_api_version: str
    field_manager: str


def parse_state(state: dict[str, Any], inputs: dict[str, Any] | None = None) -> Remembered:
    """Take apart what ``state_of`` put together; ``inputs`` serve where the state holds none."""
    plain = dashed(reveal(state))
    kept = plain.pop(INPUTS, None) or dashed(reveal(inputs or {}))
    return Remembered(
        inputs=kept,
        initial_api_version=plain.pop(INITIAL_API_VERSION, None) or kept.get("apiVersion") or "",
        field_manager=plain.pop(FIELD_MANAGER, None) or "",
        live=plain,
    )


def state_of(
    live: KubeObject, inputs: KubeObject, marked: dict[str, Any], *, initial_api_version: str, field_manager: str
) -> dict[str, Any]:
    """Return the outputs of a resource.

    Args:
        live: The object as the API server gave it.
        inputs: The plain inputs in the API's spelling.
        marked: The inputs with their secrets marked; where they are secret, the outputs are.
        initial_api_version: The version that the object was made with.
        field_manager: Who applies it.
    """
    return {
        **mark_secrets(underscored(live), marked),
        INPUTS: mark_secrets(underscored(inputs), marked),
        INITIAL_API_VERSION: initial_api_version,
        FIELD_MANAGER: field_manager,
    }


def mark_secrets(plain: dict[str, Any], marked: dict[str, Any]) -> dict[str, Any]:
    """Mark as secret what ``marked`` marks, and the data of a Secret always.

    A list with a secret anywhere becomes secret as a whole, since entries may have moved.
    """
    if plain.get("kind") == "Secret":
        hidden = ("data", "stringData")
        return {key: Secret(value) if key in hidden else value for key, value in plain.items()}
    return {key: _marked(value, marked.get(key)) for key, value in plain.items()}


def _marked(value: Value, model: Value) -> Value:
    if isinstance(value, dict) and isinstance(model, dict):
        return mark_secrets(value, model)
    return Secret(value) if contains_secret(model) else value
