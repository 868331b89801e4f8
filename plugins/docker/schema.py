"""What the official plugin's resource types have besides their inputs, which ``plugins.rpc.schema`` describes.

It holds no table of a resource and does nothing with values: see ``schema_check`` and ``schema_diff``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.rpc.schema import STRING, object_of, set_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.rpc.schema import Property

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
