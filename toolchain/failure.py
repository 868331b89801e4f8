"""The one error that everything in the toolchain raises: written for the person who has to act on it.

It deliberately knows no causes of its own; whoever raises it says what happened, where, and what to do next.
"""

from __future__ import annotations


class ToolchainError(Exception):
    """A tool, the cache or the machine is not as it must be; the text says what to do."""
