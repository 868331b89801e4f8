"""Remembers creations until Pulumi's engine has surely recorded them, so that the run after a kill finds them again.

Whose an object is, its own marks say (``ownership``); here is which name was meant, and that nobody recorded it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from plugins.rpc.creation_journal import Creation

if TYPE_CHECKING:
    from plugins.docker.engine import Engine
    from plugins.rpc.resource import Context


def remembered_name(engine: Engine, ctx: Context, noun: str) -> str:
    """Return the name that a killed run generated for this resource, or ''.

    Never the name of what the state knows: its successor needs another one.
    """
    begun = engine.creations.find(ctx.urn)
    if begun is None or begun.kind != noun or begun.identifier == engine.creations.named.get(ctx.urn):
        return ""
    return begun.identifier


def begin(engine: Engine, ctx: Context, noun: str, name: str) -> Creation | None:
    """Write down what is about to be made; return what a killed run wrote down about the same object, if one did."""
    now = Creation(ctx.urn, engine.address, noun, name, began_at=time.time())
    before = engine.creations.find(ctx.urn)
    if before and (before.server, before.kind, before.identifier) == (now.server, now.kind, now.identifier):
        return before  # it stays written down as it is: this run may be killed as well
    engine.creations.begin(now)
    return None
