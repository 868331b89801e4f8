"""Completes and checks the inputs of one object: name, namespace, spelling, and what can be refused without a cluster.

Schemas are checked by the API server, in the dry run of the preview.
"""

from __future__ import annotations

from typing import Any

from plugins.kubernetes.awaiting.wait_for import rule_from_annotation
from plugins.kubernetes.comparing.client_side import with_managed_by
from plugins.kubernetes.model.naming import is_autonamed, is_named, with_name
from plugins.kubernetes.model.normalizing import dashed, normalize, underscored
from plugins.kubernetes.model.objects import KubeObject, metadata_of, with_metadata
from plugins.kubernetes.model.state import mark_secrets
from plugins.kubernetes.model.tokens import GroupVersionKind, is_patch
from plugins.rpc.resource import CheckResult, Failure
from plugins.rpc.values import UNKNOWN, reveal


def check(
    kind: GroupVersionKind,
    olds: dict[str, Any],
    news: dict[str, Any],
    *,
    resource_name: str,
    seed: bytes,
    default_namespace: str,
    namespaced: bool,
    server_side: bool = True,
    proposed_name: str | None = "",
) -> CheckResult:
    """Return the inputs that all later operations work with.

    Args:
        kind: The kind that the type token names.
        olds: Checked inputs of before; empty for a new resource.
        news: Inputs of the program; may hold secrets and unknown values.
        resource_name: The name of the resource in the program.
        seed: The engine's seed for generated names.
        default_namespace: Where namespaced objects go that name no namespace.
        namespaced: Whether the kind lives in namespaces.
        server_side: Whether updates are server-side applies; Patch resources need that, labels of ours do not.
        proposed_name: What the engine makes of the resource's name, '' where it leaves that to us, None where the
            program must choose names.
    """
    plain: KubeObject = dashed(reveal(news))
    plain.setdefault("apiVersion", kind.api_version)
    plain.setdefault("kind", kind.kind)
    if not server_side and is_patch(kind, plain):
        return CheckResult(news, [Failure("", f"A {kind.kind} needs enableServerSideApply on its provider.")])
    if failures := _refusals(kind, plain):
        return CheckResult(news, failures)
    plain = normalize(plain)
    if not server_side:
        plain = with_managed_by(plain, dashed(reveal(olds)))
    before = dashed(reveal(olds))
    if proposed_name is None and not is_named(plain) and not is_autonamed(before):
        return CheckResult(news, [Failure("metadata.name", "Autonaming is disabled for it: give it a name.")])
    plain = with_name(plain, before, resource_name, seed, proposed_name or "")
    if namespaced and isinstance(plain.get("metadata"), dict) and not metadata_of(plain).get("namespace"):
        plain = with_metadata(plain, namespace=default_namespace)
    return CheckResult(mark_secrets(underscored(plain), news))


def _refusals(kind: GroupVersionKind, obj: KubeObject) -> list[Failure]:
    if kind.lists_others and str(obj.get("kind")).endswith("List"):
        return [Failure("kind", f"A {kind.kind} is no object of its own. Make one resource of each of its items.")]
    metadata = obj.get("metadata")
    if metadata is not None and metadata is not UNKNOWN and not isinstance(metadata, dict):
        return [Failure("metadata", f"metadata is a {type(metadata).__name__}, but must be a mapping.")]
    if is_patch(kind, obj) and not is_named(obj):
        return [Failure("metadata.name", f"A {kind.kind} changes an existing object: set metadata.name to its name.")]
    if metadata_of(obj).get("generateName") and not is_named(obj):
        reason = "generateName is not supported. Leave the name out to get a generated one."
        return [Failure("metadata.generateName", reason)]
    try:
        rule_from_annotation(obj)
    except ValueError as error:  # after the creation it would be too late to refuse
        return [Failure("metadata.annotations", str(error))]
    return []
