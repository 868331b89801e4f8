"""The vocabulary in which a resource type says what inputs it has and what a change of each one means.

It holds no table of a resource and does nothing with values: see ``schema_check`` and ``schema_diff``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULTS: Final = "__defaults"
"""Where bridged providers list, in the inputs themselves, which of them are defaults."""

Kind = Literal["string", "integer", "boolean", "map", "list", "set", "object"]


@dataclass(frozen=True)
class Property:
    """One input of a resource, or of an object inside one."""

    kind: Kind
    required: bool = False
    replaces: bool = False
    """A change needs a new object."""
    default: Any = None
    computed: bool = False
    """Without an input the server decides: dropping the input is then no change."""
    supported: bool = True
    sensitive: bool = False
    """It is stored as a secret whether it was given as one or not."""
    pattern: str = ""
    """What a text must match as a whole."""
    wanted: str = ""
    """The pattern in words: it completes the sentence 'it must be ...'."""
    minimum: int | None = None
    judge: Callable[[Any], str] | None = None
    """Completes the sentence 'it must be ...' for a value that is not acceptable, and is empty for one that is."""
    element: Property | None = None
    """What a list, set or map holds."""
    fields: Mapping[str, Property] = field(default_factory=dict)
    """What an object holds."""

    @property
    def forces(self) -> Property:
        """The same property, as one whose change replaces the object."""
        return replace(self, replaces=True)

    @property
    def needed(self) -> Property:
        """The same property, as a required one."""
        return replace(self, required=True)

    @property
    def decided(self) -> Property:
        """The same property, as one that the server decides when it is absent."""
        return replace(self, computed=True)

    @property
    def refused(self) -> Property:
        """The same property, as one that the official plugin takes and this one does not."""
        return replace(self, supported=False)

    @property
    def hidden(self) -> Property:
        """The same property, as one that is always secret in outputs."""
        return replace(self, sensitive=True)

    def one_of(self, *values: str) -> Property:
        """The same property, as one that takes these texts only."""
        return self.matching("|".join(values), f"one of {', '.join(values)}")

    def matching(self, pattern: str, wanted: str) -> Property:
        """The same property, as one whose text must match; ``wanted`` says in words what."""
        return replace(self, pattern=pattern, wanted=wanted)

    def judged_by(self, judge: Callable[[Any], str]) -> Property:
        """The same property, as one whose value a function judges."""
        return replace(self, judge=judge)

    def at_least(self, minimum: int) -> Property:
        """The same property, as a number that is not lower."""
        return replace(self, minimum=minimum)

    def by_default(self, value: Any) -> Property:  # noqa: ANN401 - property values are dynamic
        """The same property with a default."""
        return replace(self, default=value)


STRING = Property("string")
INTEGER = Property("integer")
BOOLEAN = Property("boolean")
STRINGS = Property("map", element=STRING)


def list_of(element: Property) -> Property:
    """An ordered list."""
    return Property("list", element=element)


def set_of(element: Property) -> Property:
    """A list whose order means nothing."""
    return Property("set", element=element)


def object_of(**fields: Property) -> Property:
    """An object with these fields."""
    return Property("object", fields=fields)
