"""One rule: its name, why it is there, how much weight it has, and the function that finds what breaks it.

It deliberately knows no engine: the pack, the components and the tests call the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from policies.kubernetes_object import KubernetesObject

Severity = Literal["mandatory", "advisory"]
"""A mandatory rule stops a preview with an error; an advisory one is only told."""


@dataclass(frozen=True)
class Violation:
    """What breaks a rule, where, and what is expected instead."""

    rule: str
    severity: Severity
    about: KubernetesObject
    text: str


@dataclass(frozen=True)
class ObjectRule:
    """A rule that one object alone keeps or breaks."""

    id: str
    why: str
    severity: Severity
    find: Callable[[KubernetesObject], Iterator[str]]
    """Yields a text for each thing that breaks the rule; values that are not known yet break none."""

    def violations(self, objects: Iterable[KubernetesObject]) -> Iterator[Violation]:
        """Yield what breaks the rule among these objects."""
        for each in objects:
            yield from (Violation(self.id, self.severity, each, text) for text in self.find(each))


@dataclass(frozen=True)
class StackRule:
    """A rule that only all objects together keep or break."""

    id: str
    why: str
    severity: Severity
    find: Callable[[Sequence[KubernetesObject]], Iterator[tuple[KubernetesObject, str]]]
    """Yields the object and a text for each thing that breaks the rule."""

    def violations(self, objects: Iterable[KubernetesObject]) -> Iterator[Violation]:
        """Yield what breaks the rule among these objects."""
        for about, text in self.find(list(objects)):
            yield Violation(self.id, self.severity, about, text)


Rule = ObjectRule | StackRule
