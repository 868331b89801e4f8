"""A steady load on an environment while something changes it, for tests that must lose no request of it."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.load import Load, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.load import Entry
    from tests.e2e.environment import EndToEnd

RATE = float(os.environ.get("SLIPWAY_TEST_RATE", "100"))
"""Requests a second. A machine that is busy with other things may not get so far; then say so and less."""


@contextmanager
def steady_load(environment: EndToEnd, rate: float = RATE) -> Iterator[list[Entry]]:
    """Send requests all the time; what became of each is in the list once the block has ended."""
    load = Load(targets_of(environment.outputs["slo"]), rate, seconds=3600)
    entries: list[Entry] = []
    thread = threading.Thread(target=lambda: entries.extend(load.run()))
    thread.start()
    try:
        time.sleep(3)
        yield entries
        time.sleep(3)
    finally:
        load.stop()
        thread.join()


def roll(environment: EndToEnd, namespace: str, *deployments: str) -> None:
    """Replace every pod of some deployments at the same time."""
    for deployment in deployments:
        environment.kubectl("-n", namespace, "rollout", "restart", f"deployment/{deployment}")
    for deployment in deployments:
        environment.kubectl("-n", namespace, "rollout", "status", f"deployment/{deployment}", "--timeout=240s")
