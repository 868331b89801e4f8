"""Reads objects for refresh, import and get.

The inputs it returns are cut down to what is ours, so that a foreign change shows as exactly that change.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, Read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.awaiting.waiter import look_once
from plugins.kubernetes.changing.failing import failed, failed_unreachable
from plugins.kubernetes.comparing.restricting import restrict
from plugins.kubernetes.model.naming import new_field_manager
from plugins.kubernetes.model.normalizing import READ_ONLY_METADATA, dashed, normalize, underscored
from plugins.kubernetes.model.objects import KubeObject, describe, metadata_of, name_of, split_identifier
from plugins.kubernetes.model.state import mark_secrets, parse_state, state_of
from plugins.rpc.errors import InitializationFailed
from plugins.rpc.resource import ReadResult
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.tokens import GroupVersionKind
    from plugins.rpc.resource import Context

_BOOKKEEPING: Final = ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")

GONE_FOR_GOOD: Final = (
    "If the cluster is gone for good, set deleteUnreachable on the provider or PULUMI_K8S_DELETE_UNREACHABLE=true: "
    "its objects then leave the state."
)


async def read(
    cluster: Cluster,
    ctx: Context,
    kind: GroupVersionKind,
    identifier: str,
    *,
    inputs: dict[str, Any],
    state: dict[str, Any],
) -> ReadResult | None:
    """Return the object as it is now, None if it is gone.

    Raises:
        ResourceFailed: the API server did not say.
        InitializationFailed: it is there, but not ready.
    """
    remembered = parse_state(state, inputs)
    old_inputs = normalize(dashed(reveal(inputs)))
    subject = _subject(kind, identifier, old_inputs, remembered.live)
    if reason := await cluster.unreachable():
        if cluster.settings.delete_unreachable:
            await ctx.log("warning", f"{reason}\ndeleteUnreachable is set: {describe(subject)} leaves the state.")
            return None
        if cluster.settings.skip_update_unreachable:
            await ctx.log("warning", f"{reason}\nskipUpdateUnreachable is set: the state is kept, true or not.")
            return ReadResult(identifier, inputs, state)
        raise failed_unreachable("read", subject, f"{reason}\n{GONE_FOR_GOOD}")
    try:
        live = await cluster.get(subject)
    except KindNotServed:
        return None  # with its definition, its objects are gone
    except (ApiError, Unreachable) as error:
        if isinstance(error, ApiError) and error.not_found:
            return None
        raise failed("read", subject, error) from error
    owned = _restricted(live, old_inputs) if old_inputs else _importable(live)
    result = ReadResult(
        id=identifier,
        inputs=mark_secrets(underscored(owned), inputs),
        outputs=state_of(
            live,
            owned,
            inputs,
            initial_api_version=remembered.initial_api_version or str(subject.get("apiVersion")),
            field_manager=remembered.field_manager or new_field_manager(),
        ),
    )
    if old_inputs and (reasons := await look_once(cluster, live, old_inputs)):
        reasons.insert(0, f"{describe(live)} is not ready.")
        raise InitializationFailed(id=identifier, outputs=result.outputs, inputs=result.inputs, reasons=reasons)
    return result


def _subject(kind: GroupVersionKind, identifier: str, inputs: KubeObject, live: KubeObject) -> KubeObject:
    """Return which object to read: the id names it, inputs or state say which version of the kind is meant."""
    namespace, name = split_identifier(identifier)
    known = inputs if inputs.get("apiVersion") else live
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": known.get("apiVersion") or kind.api_version,
        "kind": known.get("kind") or kind.kind,
        "metadata": metadata,
    }


def _restricted(live: KubeObject, inputs: KubeObject) -> KubeObject:
    restricted: KubeObject = restrict(live, inputs)
    # Inputs always carry the name; one that came from an id only would otherwise be lost.
    if "name" not in metadata_of(restricted):
        restricted = {**restricted, "metadata": {**metadata_of(restricted), "name": name_of(live)}}
    return restricted


def _importable(live: KubeObject) -> KubeObject:
    """Return everything a user may have written, for an object that the program does not know yet."""
    metadata = {key: item for key, item in metadata_of(live).items() if key not in READ_ONLY_METADATA}
    annotations = {
        key: item for key, item in (metadata.pop("annotations", None) or {}).items() if key not in _BOOKKEEPING
    }
    if annotations:
        metadata["annotations"] = annotations
    rest = {key: item for key, item in live.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": metadata}
