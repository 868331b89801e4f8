"""Remembers that a creation goes on which a killed run began, where AWS can carry no mark of it.

A name that is taken is then perhaps our own. It deliberately decides nothing: the type compares what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api


class Resumed:
    """The resources whose creation is not the first try."""

    def __init__(self) -> None:
        self._urns: set[str] = set()

    def note(self, api: Api) -> None:
        """A killed run began it: said by ``made_before``, which is asked only then."""
        self._urns.add(api.ctx.urn)

    def take(self, api: Api) -> bool:
        """Tell whether a killed run began it, once."""
        found = api.ctx.urn in self._urns
        self._urns.discard(api.ctx.urn)
        return found
