"""Shows quickly changing progress at a pace that people can read.

It drops lines that were overtaken, never the last one: a task that takes minutes must not hide behind the one before.
"""

import asyncio

from plugins.rpc.resource import Context

PAUSE_SECONDS = 0.1


class LatestStatus:
    """The status of one operation; each line costs the engine a redraw, so a few per second must do."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._text = ""
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def show(self, text: str) -> None:
        """Show a line, at once or when the one before was visible long enough."""
        self._text = text
        self._changed.set()

    def close(self) -> None:
        """Stop showing."""
        self._task.cancel()

    async def _run(self) -> None:
        while await self._changed.wait():
            self._changed.clear()
            await self._ctx.status(self._text)
            await asyncio.sleep(PAUSE_SECONDS)
