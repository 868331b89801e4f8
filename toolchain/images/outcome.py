"""What became of one image of a run of builds.

It deliberately holds no more than what is said of it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from toolchain.images.layout import ImageLayout


@dataclass(frozen=True)
class ImageOutcome:
    """What became of one image."""

    name: str
    status: Literal["cached", "built", "failed"]
    seconds: float
    image: ImageLayout | None = None
    failure: str = ""
    """Why it could not be built and what to do; empty unless it failed."""
