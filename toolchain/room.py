"""How much room on the disk slipway needs: less, the more of it is there already.

It looks at what is there, and measures nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain import labels, places
from toolchain.engine_socket import has_containers

if TYPE_CHECKING:
    from pathlib import Path

FOR_EVERYTHING: Final = 15 * 10**9
"""Build caches of Go, the tools, the images, and the containers of one environment."""
FOR_AN_ENVIRONMENT: Final = 10 * 10**9
"""Its containers alone, where tools and images are made: 7.7 GB, and two machines to spare."""
FOR_AN_UPDATE: Final = 10**9
"""Of an environment that is there, whole or begun: what it has taken must not keep it from being finished."""


def needed_bytes(engine: Path | None) -> int:
    """Return how much has to be free.

    Args:
        engine: The socket of this machine's container engine; None where it is elsewhere.
    """
    if engine is not None and has_containers(engine, labels.PROJECT):
        return FOR_AN_UPDATE
    made = places.cache_directory() / "images" / "machine"  # one of the last things that set-up makes
    return FOR_AN_ENVIRONMENT if made.is_dir() else FOR_EVERYTHING
