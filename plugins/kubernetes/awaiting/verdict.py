"""What a look at an object and its surroundings can conclude.

It is data; the looking is done by the modules named after kinds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plugins.kubernetes.model.objects import KubeObject

DEFAULT_TIMEOUT_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Problem:
    """Something that keeps an object from becoming ready."""

    text: str
    pod: KubeObject | None = None
    container: str = ""
    """Set with ``pod`` where the container's last log lines tell more."""


@dataclass(frozen=True)
class Ready:
    """Nothing more to wait for."""

    because: str
    settle_seconds: float = 0.0
    """How long nothing must change before it counts."""
    doubt: str = ""
    """What the user should be warned of nevertheless."""


@dataclass(frozen=True)
class Waiting:
    """Not yet; ``text`` is shown as progress, ``problems`` are told if time runs out."""

    text: str
    problems: Sequence[Problem] = ()


@dataclass(frozen=True)
class Failed:
    """It will not become ready by waiting."""

    problems: Sequence[Problem]


Verdict = Ready | Waiting | Failed


@dataclass(frozen=True)
class Related:
    """Other objects that tell about the one we wait for, all in its namespace unless the kind has none."""

    api_version: str
    kind: str
    label_selector: str = ""
    field_selector: str = ""


@dataclass(frozen=True)
class Snapshot:
    """All objects that a verdict rests on."""

    live: KubeObject
    related: dict[str, list[KubeObject]] = field(default_factory=dict)
    previous: KubeObject | None = None
    """The object before the update; None after a creation."""

    def of(self, kind: str) -> list[KubeObject]:
        """Return the related objects of one kind."""
        return self.related.get(kind, [])


def _nothing(_live: KubeObject) -> list[Related]:
    return []


@dataclass(frozen=True)
class Rule:
    """How to tell that an object of one kind is ready."""

    judge: Callable[[Snapshot], Verdict]
    related: Callable[[KubeObject], list[Related]] = _nothing
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    on_refresh: bool = True
    """Whether a refresh reports an object that is not ready (any more), so that the next update waits for it."""
