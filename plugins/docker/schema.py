"""The vocabulary in which a resource type says what inputs it has and what a change of each one means.

It holds no table of a resource and does nothing with values: see ``schema_check`` and ``schema_diff``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["string", "integer", "boolean", "map", "list", "set", "object"]


@dataclass(frozen=True)
class Property:
    """One input of a resource, or of an object inside one."""

    kind: Kind
    required: bool = False
    replaces: bool = False
    """A change needs a new object (``willReplaceOnChanges`` in the official schema)."""
    default: Any = None
    computed: bool = False
    """Without an input the engine decides: dropping the input is then no change."""
    supported: bool = True
    sensitive: bool = False
    """The official plugin stores it as a secret whether it was given as one or not."""
    pattern: str = ""
    """What a text must match as a whole."""
    wanted: str = ""
    """The pattern in words: it completes the sentence 'it must be ...'."""
    minimum: int | None = None
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
        """The same property, as one that the engine decides when it is absent."""
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


NO_META = '{"schema_version":"0"}'
LABELS = set_of(object_of(label=STRING.needed, value=STRING.needed))


@dataclass(frozen=True)
class Schema:
    """One resource type."""

    noun: str
    properties: Mapping[str, Property]
    outputs: tuple[str, ...] = ()
    """Outputs that are no inputs; unknown in a preview."""
    autonamed: bool = True
    """Gets ``name`` from the resource's own name and seven random hex digits when the program gives none."""
    meta: str = NO_META
    """State version of the bridged provider; the official plugin would migrate older ones, and leaves version 0 out."""
    always_deletes_first: bool = False

    @property
    def unknown_outputs(self) -> tuple[str, ...]:
        """Names of all outputs that only the engine can tell."""
        return (*self.outputs, *(key for key, item in self.properties.items() if item.computed))


# The default time-outs of the bridged provider, which it records in the state: 20 minutes in nanoseconds.
TIMEOUTS = (
    '"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}'
)


def meta(version: int, *, timeouts: bool = False) -> str:
    """Return the ``__meta`` output of a bridged resource."""
    return "{" + (TIMEOUTS + "," if timeouts else "") + f'"schema_version":"{version}"' + "}"
