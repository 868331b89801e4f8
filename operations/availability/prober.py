"""The process that probes while an update runs: `python -m operations.availability.prober`, told what to do on stdin.

It is a process of its own so that nothing that `slipway` waits for delays a request, and it deliberately outlives
`slipway` by a moment: when its stdin ends, for whatever reason, it adds what it has measured to the history itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from operations.availability.endpoint import from_output
from operations.availability.exchange import trust
from operations.availability.files import HistoryFiles
from operations.availability.lane import Lane
from operations.availability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.availability.endpoint import Endpoint

KEPT_PERIOD_SECONDS = 0.2
FRESH_PERIOD_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
CHECKPOINT_SECONDS = 5.0


@dataclass(frozen=True)
class Order:
    """What to probe, and where the result goes."""

    endpoints: tuple[Endpoint, ...]
    directory: Path
    """The availability directory of the environment."""
    reason: str
    """What changes the environment meanwhile, such as `up`."""


def main() -> int:
    """Probe until stdin ends or SIGTERM comes; print the record."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the update, which takes its time to end
    order = read_order(sys.stdin.readline())
    record = asyncio.run(probe(order))
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()
    return 0


def read_order(line: str) -> Order:
    """Read what `operations.availability.watch` writes."""
    content = json.loads(line)
    endpoints = tuple(from_output(entry) for entry in content["endpoints"])
    return Order(endpoints, Path(content["directory"]), content["reason"])


async def probe(order: Order) -> dict[str, Any]:
    """Probe until told to stop; add the record to the history and return it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    _watch_stdin(loop, stop)
    # Connections that break while nobody reads them are counted by the request that finds them broken.
    loop.set_exception_handler(lambda *_: None)
    run = _Run(order, loop.time())
    lanes = [asyncio.create_task(lane.run(run.began, stop, run.tally)) for lane in _lanes(order.endpoints)]
    keeper = asyncio.create_task(run.keep_checkpoint())
    await asyncio.gather(*lanes)
    keeper.cancel()
    record = run.record(complete=True)
    run.files.finish(record)
    return record


class _Run:
    """One run and what is known of it so far."""

    def __init__(self, order: Order, began: float) -> None:
        self.began, self.began_at = began, datetime.now(UTC)
        self.tally = Tally(endpoint.name for endpoint in order.endpoints)
        self.files = HistoryFiles(order.directory)
        self._named = {"id": uuid4().hex[:12], "reason": order.reason}

    async def keep_checkpoint(self) -> None:
        """Put what is known to disk now and then: a killed prober loses no more than that."""
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            self.files.checkpoint(self.record(complete=False))

    def record(self, *, complete: bool) -> dict[str, Any]:
        seconds = asyncio.get_running_loop().time() - self.began
        times = {"startedAt": self.began_at.isoformat(timespec="milliseconds"), "seconds": round(seconds, 3)}
        return {**self._named, **times, "complete": complete, **self.tally.summary(self.began_at)}


def _lanes(endpoints: tuple[Endpoint, ...]) -> Iterator[Lane]:
    for number, endpoint in enumerate(endpoints):
        tls = trust(endpoint)
        # Evenly over the period, so that requests of different lanes do not wait for each other.
        share = KEPT_PERIOD_SECONDS * number / len(endpoints)
        yield Lane(endpoint, tls, KEPT_PERIOD_SECONDS, True, TIMEOUT_SECONDS, share)
        fresh = share + KEPT_PERIOD_SECONDS / (2 * len(endpoints))
        yield Lane(endpoint, tls, FRESH_PERIOD_SECONDS, False, TIMEOUT_SECONDS, fresh)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, readable)


if __name__ == "__main__":
    sys.exit(main())
