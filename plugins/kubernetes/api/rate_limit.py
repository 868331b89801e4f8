"""Spreads requests over time when the program asks for it: kubeClientSettings.qps and .burst.

Without those settings nothing is held back: the API server's own fairness protects it.
Source: k8s.io/client-go util/flowcontrol, a token bucket.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RateLimit:
    """A bucket of ``burst`` tokens that refills by ``qps`` tokens a second; each request takes one."""

    def __init__(self, qps: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._qps = qps
        self._burst = max(burst, 1)
        self._clock = clock
        self._tokens = float(self._burst)
        self._at = clock()

    def reserve(self) -> float:
        """Take a token, and return in how many seconds it may be used."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._qps) - 1
        self._at = now
        return max(0.0, -self._tokens / self._qps)

    async def wait(self) -> None:
        """Wait for a token."""
        if seconds := self.reserve():
            await asyncio.sleep(seconds)
