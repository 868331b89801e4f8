"""What differs between a recorded Kubernetes object and the live one, less what nobody but controllers changed.

It is pure. Recorded is the live object of the last update, so that the API server's spelling and defaults are the same
on both sides and need no rules here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations.drift.kubernetes.managed_fields import Owner, owners, step
from operations.drift.kubernetes.paths import Path, Segment, by_element, element_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.drift.kubernetes.controllers import Controllers

ABSENT = object()
UNTOLD = frozenset({"managedFields", "resourceVersion", "generation", "creationTimestamp", "selfLink", "uid"})
"""Of `metadata`: changes with everything else, so it says nothing by itself."""
MAPS = frozenset({"labels", "annotations", "data", "binaryData", "matchLabels", "nodeSelector", "limits", "requests"})
"""Their entries are told one by one, also when there was none before."""


@dataclass(frozen=True)
class Difference:
    """One value that is not as recorded."""

    path: Path
    was: Any
    now: Any
    owners: tuple[Owner, ...] = field(default=())
    """Who owns it now, controllers left out; empty where nobody does, as for a value that was removed."""


def differences(
    recorded: dict[str, Any], live: dict[str, Any], inputs: dict[str, Any], controllers: Controllers
) -> list[Difference]:
    """Compare.

    Args:
        recorded: The live object of the last update.
        live: The live object now.
        inputs: What the program asked for: what is missing of it is drift, whoever took it away.
        controllers: Whose changes do not count.
    """
    name = live.get("metadata", {}).get("name", "")
    found = [
        Difference(path, was, now, tuple(_people(live, path, controllers, name)))
        for path, was, now in _leaves(recorded, live, ())
        if path[0] != "status" and not _is_untold(path)
    ]
    own = recorded.get("metadata", {})
    managers = {entry["manager"] for entry in own.get("managedFields") or () if not entry.get("subresource")}
    counted = [one for one in found if _counts(one, recorded, live, inputs, managers)]
    return _collapsed(counted, recorded, live)


def _people(live: dict[str, Any], path: Path, controllers: Controllers, name: str) -> Iterator[Owner]:
    yield from (owner for owner in owners(live, path) if not controllers.wrote(owner, name))


def _counts(
    one: Difference, recorded: dict[str, Any], live: dict[str, Any], inputs: dict[str, Any], managers: set[str]
) -> bool:
    if one.owners:
        return True
    if one.now is ABSENT:
        # A default that went with what it belonged to is told by what it belonged to.
        return is_asked_for(inputs, one.path) or _owned_by(recorded, one.path, managers)
    # Nobody but controllers, or nobody at all, as after somebody wiped the managed fields.
    return is_asked_for(inputs, one.path) and not owners(live, one.path)


def _owned_by(recorded: dict[str, Any], path: Path, managers: set[str]) -> bool:
    pulumi = {name for name in managers if name.startswith("pulumi-kubernetes")}
    return any(owner.manager in pulumi and owner.operation == "Apply" for owner in owners(recorded, path))


def is_asked_for(inputs: dict[str, Any], path: Path) -> bool:
    """Say whether the program asked for a value at a path."""
    value: Any = inputs
    for segment in path:
        value = _lenient_step(value, segment)
        if value is None:
            return False
    return True


def _lenient_step(value: Any, segment: Segment) -> Any:  # noqa: ANN401 - JSON
    """Find a list entry also where the program left out what the API server fills in, such as a port's protocol."""
    if isinstance(segment, tuple) and isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and all(item.get(key, wanted) == wanted for key, wanted in segment):
                return item
        return None
    return step(value, segment)


def _is_untold(path: Path) -> bool:
    return len(path) > 1 and path[0] == "metadata" and path[1] in UNTOLD


def _leaves(was: Any, now: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:  # noqa: ANN401 - JSON
    """Yield every smallest part that differs; one that is only on one side is followed to its own smallest parts."""
    one, other = _divided(was, now), _divided(now, was)
    if one is None or other is None or not (one or other):
        if was != now:
            yield path, was, now
        return
    for key in {**one, **other}:
        yield from _leaves(one.get(key, ABSENT), other.get(key, ABSENT), (*path, key))


def _divided(value: Any, beside: Any) -> dict[Segment, Any] | None:  # noqa: ANN401 - JSON
    """Return the parts of a value that are compared one by one; None where the value is told as a whole.

    Lists of plain values, and of entries that nothing tells apart, are told as a whole. What is absent has no parts.
    """
    if value is ABSENT:
        return None if beside is ABSENT or _divided(beside, {}) is None else {}
    if isinstance(value, dict):
        return value if beside is ABSENT or isinstance(beside, dict) else None
    if not isinstance(value, list):
        return None
    other = beside if isinstance(beside, list) else []
    keys = element_keys(value, other)
    return None if keys is None else by_element(value, keys)


def _collapsed(found: list[Difference], recorded: dict[str, Any], live: dict[str, Any]) -> list[Difference]:
    """Tell something that is wholly new, or wholly gone, once and not by each of its parts."""
    told: dict[Path, Difference] = {}
    for one in found:
        path = _highest(one, recorded, live)
        was, now = value_at(recorded, path), value_at(live, path)
        before = told.get(path)
        everybody = tuple(dict.fromkeys([*(before.owners if before else ()), *one.owners]))
        told[path] = Difference(path, was, now, everybody)
    return list(told.values())


def _highest(one: Difference, recorded: dict[str, Any], live: dict[str, Any]) -> Path:
    other = recorded if one.was is ABSENT else live if one.now is ABSENT else None
    if other is None:
        return one.path
    for length in range(1, len(one.path)):
        path = one.path[:length]
        holds_entries = path[-1] in MAPS or not isinstance(one.path[length], str)
        if not holds_entries and value_at(other, path) is ABSENT:
            return path
    return one.path


def value_at(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    """Return the value at a path, or ABSENT."""
    for segment in path:
        value = step(value, segment)
        if value is None:
            return ABSENT
    return value
