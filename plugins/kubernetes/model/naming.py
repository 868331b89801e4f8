"""Gives objects a name when the program gave none, and keeps it from then on.

Names that the API server would generate (generateName) are not supported, as in the official plugin.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from plugins.kubernetes.model.objects import (
    AUTONAMED,
    KubeObject,
    annotated_true,
    metadata_of,
    name_of,
    with_annotation,
    with_metadata,
)
from plugins.rpc.values import UNKNOWN

_SUFFIX_LENGTH: Final = 8


def is_named(obj: KubeObject) -> bool:
    """Say whether the program chose a name, be it one that is not known yet."""
    return obj.get("metadata") is UNKNOWN or bool(metadata_of(obj).get("name"))


def is_autonamed(obj: KubeObject) -> bool:
    """Say whether we chose the name."""
    return annotated_true(obj, AUTONAMED)


def with_name(
    news: KubeObject, olds: KubeObject, resource_name: str, seed: bytes, proposed_name: str = ""
) -> KubeObject:
    """Return ``news`` with a name: its own, the one it got before, or a new one made of the resource's name.

    Args:
        news: New inputs.
        olds: Checked inputs of before, empty for a new resource.
        resource_name: The name of the resource in the program.
        seed: From the engine; the same seed gives the same name, so that a preview tells the truth.
        proposed_name: What the engine's autonaming configuration makes of the resource's name, if there is one.
    """
    if is_named(news):
        return news
    if is_autonamed(olds):
        return _autonamed(news, name_of(olds))
    return _autonamed(news, proposed_name or generated_name(resource_name, seed))


def generated_name(resource_name: str, seed: bytes) -> str:
    """Return the resource's name with eight hexadecimal digits; the same seed of the engine gives the same name."""
    return f"{resource_name}-{_suffix(seed)}"


def is_generated(name: str, resource_name: str) -> bool:
    """Say whether a name looks like one that ``generated_name`` made for the resource."""
    return re.fullmatch(rf"{re.escape(resource_name)}-[0-9a-f]{{{_SUFFIX_LENGTH}}}", name) is not None


def _autonamed(obj: KubeObject, name: str) -> KubeObject:
    return with_annotation(with_metadata(obj, name=name), AUTONAMED, "true")


def _suffix(seed: bytes) -> str:
    if not seed:
        return secrets.token_hex(_SUFFIX_LENGTH // 2)
    return hashlib.sha256(seed).hexdigest()[:_SUFFIX_LENGTH]


def new_field_manager() -> str:
    """Return a name for a new owner of fields; each resource gets its own, so that two never fight unseen."""
    return f"pulumi-kubernetes-{secrets.token_hex(_SUFFIX_LENGTH // 2)}"
