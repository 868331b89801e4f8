"""Progress lines on their way from a worker thread to the status column."""

from __future__ import annotations

import asyncio

from plugins.docker.progress import LINES_PER_SECOND, Progress
from plugins.rpc.resource import Context


async def test_the_first_and_the_latest_line_are_shown_and_few_between() -> None:
    shown: list[str] = []

    async def status(text: str) -> None:
        shown.append(text)

    progress = Progress(Context(status=status))

    def work() -> None:
        for number in range(1000):
            progress.show(f"chatter\n line {number}\n")

    progress.show("begin")
    await asyncio.sleep(0.02)
    await asyncio.to_thread(work)
    progress.show("  \n")
    await asyncio.sleep(1.3 / LINES_PER_SECOND)
    assert shown[0] == "begin"
    assert shown[-1] == "line 999"
    assert len(shown) < 5
