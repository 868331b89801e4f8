"""Compares the live object, as the state remembers it, with new inputs.

It is pure: no call to the API server, so that a preview of a thousand objects stays fast.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, Diff and convertPatchToDiff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.comparing.equivalence import Path, same_meaning
from plugins.kubernetes.comparing.force_new import IDENTITY, Pattern, force_new_patterns, forces_replacement
from plugins.kubernetes.comparing.restricting import restrict
from plugins.kubernetes.model.normalizing import dashed, normalize
from plugins.kubernetes.model.objects import (
    AUTONAMED,
    KubeObject,
    Value,
    annotated_true,
    name_of,
    namespace_of,
    with_metadata,
)
from plugins.kubernetes.model.property_path import contains, parse_path
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.diff import join
from plugins.rpc.resource import ChangeKind, DiffResult, PropertyChange
from plugins.rpc.values import UNKNOWN

if TYPE_CHECKING:
    from plugins.kubernetes.model.settings import Settings

_MISSING: Final = object()
_DEFAULT_NAMESPACE: Final = "default"


class Differ:
    """One comparison; collects the differences by path."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._patterns = patterns
        self.changes: dict[Path, PropertyChange] = {}

    def compare(self, path: Path, old: Value, new: Value) -> None:
        """Record the differences below ``path``; null equals absent."""
        old, new = (_MISSING if value is None else value for value in (old, new))
        if isinstance(old, dict) and isinstance(new, dict):
            for key in sorted({*old, *new}):
                self.compare((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
        elif isinstance(old, list) and isinstance(new, list):
            for index in range(max(len(old), len(new))):
                self.compare((*path, index), _item(old, index), _item(new, index))
        elif old is _MISSING and new is not _MISSING:
            self._add(path, ChangeKind.ADD, new)
        elif new is _MISSING and old is not _MISSING:
            self._add(path, ChangeKind.DELETE, None)
        elif new is UNKNOWN or not same_meaning(path, old, new):
            self._add(path, ChangeKind.UPDATE, new)

    def _add(self, path: Path, kind: ChangeKind, new: Value) -> None:
        if forces_replacement(path, new, self._patterns):
            kind = kind.replacing
        self.changes[path] = PropertyChange(kind, input_diff=kind in (ChangeKind.DELETE, ChangeKind.DELETE_REPLACE))


def diff(
    old_live: KubeObject,
    old_inputs: KubeObject,
    new_inputs: KubeObject,
    *,
    namespaced: bool,
    patch: bool,
    ignore_changes: list[str],
    settings: Settings,
) -> DiffResult:
    """Return what an update would change.

    Args:
        old_live: The object as it was last seen.
        old_inputs: The inputs it was made from, which say what of it is ours.
        new_inputs: Checked new inputs; may hold unknown values.
        namespaced: Whether the kind lives in namespaces.
        patch: Whether this is a Patch resource, which can change everything but its identity in place.
        ignore_changes: Paths whose differences do not count.
        settings: Provider settings, for the mutability of ConfigMaps and Secrets.
    """
    new = normalize(dashed(new_inputs))
    inputs = normalize(dashed(old_inputs))
    old = _comparable(restrict(dashed(old_live), inputs), namespaced=namespaced)
    new = _comparable(new, namespaced=namespaced)
    if name_of(new):
        old = with_metadata(old, name=name_of(old_live))
    for key in ("apiVersion", "kind"):
        old.setdefault(key, new.get(key))
    patterns = IDENTITY if patch else force_new_patterns(kind_of(new), new, settings)
    differ = Differ(patterns)
    differ.compare((), old, new)
    return _result(differ.changes, old_live, new, ignore_changes)


def _result(
    changes: dict[Path, PropertyChange], old_live: KubeObject, new: KubeObject, ignore_changes: list[str]
) -> DiffResult:
    ignored = [parse_path(text) for text in ignore_changes]
    kept = {path: change for path, change in changes.items() if not any(contains(mask, path) for mask in ignored)}
    detailed = {_text(path): change for path, change in kept.items()}
    replaces = [_text(path) for path, change in kept.items() if change.kind == change.kind.replacing]
    return DiffResult(
        changes=bool(detailed),
        replaces=replaces,
        delete_before_replace=bool(replaces) and same_place(old_live, new),
        detailed=detailed,
    )


def same_place(old_live: KubeObject, new: KubeObject) -> bool:
    """Say whether the replacement takes a name that the old object still holds, because the user chose it."""
    return (
        bool(name_of(new))
        and not annotated_true(new, AUTONAMED)
        and name_of(new) == name_of(old_live)
        and namespace_of(new) == namespace_of(old_live)
    )


def _comparable(obj: KubeObject, *, namespaced: bool) -> KubeObject:
    """Name the default namespace, so that leaving it out equals naming it."""
    metadata = obj.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        return obj
    if not namespaced:
        return with_metadata(obj, namespace=None)
    namespace = (metadata or {}).get("namespace")
    return {**obj, "metadata": {**(metadata or {}), "namespace": namespace or _DEFAULT_NAMESPACE}}


def _item(items: list[Any], index: int) -> Value:
    return items[index] if index < len(items) else _MISSING


def _text(path: Path) -> str:
    text = ""
    for step in path:
        text = join(text, step)
    return text
