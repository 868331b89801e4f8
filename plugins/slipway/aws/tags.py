"""Tags: from what a program says to what AWS holds, and back.

AWS's own (``aws:...``) and the mark of a creation are never anybody's input, and left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.values import UNKNOWN, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CREATION: Final = "slipway:creation"
"""Carries the token of the creation that made the thing, so that the run after a kill finds it."""
NAME: Final = "Name"


def completed(given: Any, name: Any, defaults: Mapping[str, str]) -> Any:  # noqa: ANN401 - values may be unknown
    """Return all tags that a resource is to have: the provider's, its name, its own; the later win."""
    if isinstance(given, Secret):
        return Secret(completed(given.value, name, defaults))
    if given is UNKNOWN or (given is not None and not isinstance(given, dict)):
        return given
    return {**defaults, **({NAME: name} if name is not None else {}), **(given or {})}


def to_api(tags: Mapping[str, str], token: str = "", *, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as most services take them, with the mark of a creation if there is one."""
    marked = {**tags, CREATION: token} if token else dict(tags)
    return [{key: name, value: content} for name, content in sorted(marked.items())]


def from_api(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Return the tags that people gave."""
    found = {tag["Key"]: tag.get("Value", "") for tag in tags or []}
    return {key: value for key, value in sorted(found.items()) if not key.startswith("aws:") and key != CREATION}


def specification(kind: str, tags: Mapping[str, str], token: str) -> list[dict[str, Any]]:
    """Return the ``TagSpecifications`` of a request to EC2 that makes one thing."""
    return [{"ResourceType": kind, "Tags": to_api(tags, token)}]
