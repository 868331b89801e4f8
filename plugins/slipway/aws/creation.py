"""Keeps a kill between AWS's answer and the state's write from doubling what was made.

Each creation gets a token, written down before the request and given to AWS with it (as a tag or ClientToken). A
creation that the state does not have is looked for by its token when the same resource is to be made again.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from plugins.rpc.creation_journal import Creation

if TYPE_CHECKING:
    from plugins.rpc.resource import Context
    from plugins.slipway.aws.account import Account


def unrecorded_token(account: Account, ctx: Context, noun: str) -> str:
    """Return the token of a creation that a killed run began and the state has not; '' if there is none."""
    begun = account.creations.find(ctx.urn)
    if begun is None or (begun.server, begun.kind) != (account.address, noun):
        return ""
    if ctx.urn in account.in_state and ctx.urn not in account.creations.named:
        # The state has some object of this resource, and the engine has not shown which: it may be that very one.
        account.creations.forget(ctx.urn)
        return ""
    return begun.identifier


def begin(account: Account, ctx: Context, noun: str) -> str:
    """Write a new creation down and return its token."""
    token = secrets.token_hex(8)
    account.creations.begin(Creation(ctx.urn, account.address, noun, token, began_at=time.time()))
    return token


def shown(account: Account, ctx: Context, id: str) -> None:  # noqa: A002 - the engine's own word
    """Note that the engine's state has this object."""
    account.creations.named[ctx.urn] = id
    account.creations.recorded(ctx.urn, id)
