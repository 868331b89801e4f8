"""Where slipway keeps what it makes on this machine: a cache that can be thrown away, and state that cannot.

It deliberately creates nothing and decides nothing but paths; whoever writes creates the directory, with its mode.
"""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path:
    """Return the directory of everything that can be made again, shared by all checkouts.

    `$SLIPWAY_CACHE`, else `$XDG_CACHE_HOME/slipway`, else `~/.cache/slipway`.
    """
    return _place("SLIPWAY_CACHE", "XDG_CACHE_HOME", Path(".cache"))


def state_directory() -> Path:
    """Return the directory of Pulumi's state, the passphrase and what belongs to an environment.

    `$SLIPWAY_STATE`, else `$XDG_STATE_HOME/slipway`, else `~/.local/state/slipway`.
    """
    return _place("SLIPWAY_STATE", "XDG_STATE_HOME", Path(".local/state"))


def _place(own_variable: str, base_variable: str, base_under_home: Path) -> Path:
    if own := os.environ.get(own_variable):
        return Path(own).expanduser().absolute()
    base = os.environ.get(base_variable, "")
    # The XDG base directory specification: a relative path is invalid and must be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / base_under_home
    return root / "slipway"
