"""What a set-up did, as values: one line per step of the machine, per tool and per image, ready for JSON.

It deliberately prints nothing; the display shows progress, and whoever called the set-up decides what to do with this.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation at run time

from pydantic import BaseModel, ConfigDict


class Outcome(StrEnum):
    """How a tool came to be where it is."""

    CACHED = "cached"
    DOWNLOADED = "downloaded"
    BUILT = "built"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    seconds: float


class ToolLine(_Line):
    """One tool after the set-up; tools that were built together all show the seconds of their build."""

    version: str
    outcome: Outcome
    path: Path
    note: str = ""


class MachineLine(_Line):
    """One step of the machine's own set-up."""

    changed: bool
    detail: str


class ImageLine(_Line):
    """One image, as its builder told."""

    outcome: str


class SetupReport(BaseModel):
    """The whole set-up; `model_dump_json()` is what `slipway setup --json` prints."""

    model_config = ConfigDict(frozen=True)

    machine: tuple[MachineLine, ...] = ()
    tools: tuple[ToolLine, ...] = ()
    images: tuple[ImageLine, ...] = ()
    seconds: float = 0.0
