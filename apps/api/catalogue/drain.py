"""Whether this process is about to stop.

It deliberately only remembers: `serving` starts it, readiness and the connection header read it.
"""

from dataclasses import dataclass


@dataclass
class Drain:
    """Set once, on the first SIGTERM."""

    started: bool = False
