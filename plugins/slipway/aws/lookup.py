"""Asks AWS for one thing that may not be there, where the answer is that thing and no listing.

It takes every "not found" for an answer, also right after a creation: who needs patience waits with ``api.wait``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plugins.slipway.aws.failure import AwsFailed

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api


async def looked_up(api: Api, service: str, method: str, **parameters: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Return the answer to a request; None when AWS says that it knows no such thing."""
    try:
        return await replace(api, patient=False).call(service, method, **parameters)
    except AwsFailed as failed:
        if failed.missing:
            return None
        raise
