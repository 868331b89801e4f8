"""Passes progress from a worker thread to Pulumi's status column, a few lines a second at most.

It keeps no log: errors travel as exceptions.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.rpc.resource import Context

LINES_PER_SECOND = 3


class Progress:
    """Created on the event loop; ``show`` may be called from any thread."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._loop = asyncio.get_running_loop()
        self._next = 0.0

    def show(self, text: str) -> None:
        """Show the last line of ``text``, unless one was shown just now."""
        now = time.monotonic()
        line = text.strip().rpartition("\n")[2].strip()
        if not line or now < self._next:
            return
        self._next = now + 1 / LINES_PER_SECOND
        asyncio.run_coroutine_threadsafe(self._show(line[:200]), self._loop)

    async def _show(self, line: str) -> None:
        await self._ctx.status(line)
