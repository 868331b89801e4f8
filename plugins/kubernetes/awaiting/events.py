"""Reads warnings that controllers and kubelets wrote as events about an object that is waited for, or its pods.

It decides nothing: events are lossy and may be forbidden to read, so they only explain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.awaiting.verdict import Problem, Ready, Related, Verdict
from plugins.kubernetes.model.objects import KubeObject, metadata_of, pluck

if TYPE_CHECKING:
    from collections.abc import Iterable

WARNINGS: Final = Related("v1", "Event", field_selector="type=Warning")
"""All warnings of the namespace, since one selector cannot name an object and its pods; few are about others."""

# The status of the container says the same, and more.
_TOLD_BY_STATUS: Final = frozenset({"BackOff", "Failed", "FailedScheduling"})
_SECONDS: Final = len("2006-01-02T15:04:05")
_SHOWN: Final = 3


def explained(verdict: Verdict, live: KubeObject, related: dict[str, list[KubeObject]]) -> Verdict:
    """Return the verdict with the latest warnings about the object and its related ones among the problems."""
    if isinstance(verdict, Ready):
        return verdict
    told = "\n".join(problem.text for problem in verdict.problems)
    news = [text for text in _warnings(live, related) if text.partition(": ")[2] not in told]
    return replace(verdict, problems=[*verdict.problems, *(Problem(text) for text in news[:_SHOWN])])


def _warnings(live: KubeObject, related: dict[str, list[KubeObject]]) -> list[str]:
    """Return the texts, the latest first, each once."""
    about = {metadata_of(item).get("uid") for item in (live, *_flat(related))}
    since = _last_write(live)
    found = [
        event
        for event in related.get("Event", [])
        if pluck(event, "involvedObject", "uid") in about
        and event.get("reason") not in _TOLD_BY_STATUS
        and _time_of(event) >= since
    ]
    found.sort(key=_time_of, reverse=True)
    texts = [
        f"{pluck(event, 'involvedObject', 'kind')} {pluck(event, 'involvedObject', 'name')}: "
        f"{event.get('reason')}: {event.get('message')}"
        for event in found
    ]
    return list(dict.fromkeys(texts))


def _flat(related: dict[str, list[KubeObject]]) -> Iterable[KubeObject]:
    return (item for kind, items in related.items() if kind != "Event" for item in items)


def _last_write(live: KubeObject) -> str:
    """Return when the object was last written by us: events from before are about what was there before."""
    entries: list[dict[str, Any]] = metadata_of(live).get("managedFields") or []
    ours = [str(item.get("time") or "") for item in entries if str(item.get("manager")).startswith("pulumi-kubernetes")]
    return max([str(metadata_of(live).get("creationTimestamp") or ""), *ours])[:_SECONDS]


def _time_of(event: KubeObject) -> str:
    stamps = (
        pluck(event, "series", "lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        metadata_of(event).get("creationTimestamp"),
    )
    return max(str(stamp or "") for stamp in stamps)[:_SECONDS]
