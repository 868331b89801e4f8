"""Keeps a kill between AWS's answer and the state's write from doubling what was made.

Each creation gets a token, written down before the request and given to AWS with it (as a tag or ClientToken). A
creation that the state does not have is looked for by its token when the same resource is to be made again.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from plugins.rpc.creation_journal import UNRECORDED, Creation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.rpc.resource import Context
    from plugins.slipway.aws.account import Account


def unrecorded(account: Account, ctx: Context, noun: str) -> Creation | None:
    """Return the creation that a killed run began and the state has not; its identifier is the token."""
    begun = account.creations.find(ctx.urn)
    if begun is None or (begun.server, begun.kind) != (account.address, noun):
        return None
    if ctx.urn in account.in_state and ctx.urn not in account.creations.named:
        # The state has some object of this resource, and the engine has not shown which: it may be that very one.
        account.creations.forget(ctx.urn)
        return None
    return begun


async def recorded_id(
    account: Account,
    ctx: Context,
    noun: str,
    id: str,  # noqa: A002
    look: Callable[[str], Awaitable[str | None]],
) -> str | None:
    """Return the id in the state; of what a killed run began to make, that of what came of it, None for nothing.

    Args:
        account: Where to look.
        ctx: The resource.
        noun: Its type.
        id: What the state has.
        look: Returns the id of what was made with a token.
    """
    if id != UNRECORDED:
        shown(account, ctx, id)
        return id
    begun = unrecorded(account, ctx, noun)
    if begun is None:
        return None
    found = begun.uid or await look(begun.identifier)
    if found:
        account.creations.answered(ctx.urn)  # the state has it now
    return found


def begin(account: Account, ctx: Context, noun: str) -> str:
    """Write a new creation down and return its token."""
    token = secrets.token_hex(8)
    account.creations.begin(Creation(ctx.urn, account.address, noun, token, began_at=time.time()))
    return token


def shown(account: Account, ctx: Context, id: str) -> None:  # noqa: A002 - the engine's own word
    """Note that the engine's state has this object."""
    account.creations.named[ctx.urn] = id
    account.creations.recorded(ctx.urn, id)
