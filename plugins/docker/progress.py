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
        self._latest = ""
        self._planned = False
        self._showing: set[asyncio.Task[None]] = set()

    def show(self, text: str) -> None:
        """Show the last line of ``text``: at once, or when the next one is due and nothing newer came."""
        line = text.strip().rpartition("\n")[2].strip()
        if not line:
            return
        self._latest = line[:200]
        if not self._planned:
            self._planned = True
            delay = max(0.0, self._next - time.monotonic())
            self._loop.call_soon_threadsafe(self._loop.call_later, delay, self._flush)

    def _flush(self) -> None:
        self._planned = False
        self._next = time.monotonic() + 1 / LINES_PER_SECOND
        task = self._loop.create_task(self._show(self._latest))
        self._showing.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._showing.discard)

    async def _show(self, line: str) -> None:
        await self._ctx.status(line)
