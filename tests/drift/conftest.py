"""Brings one environment up for the corpus, and takes it away whatever happens."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.drift.corpus_world import CorpusWorld

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world() -> Iterator[CorpusWorld]:
    """Return the running environment with its people."""
    # In memory where there is such a place: keys of people and of the environment lie in it.
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a private directory below it
    with tempfile.TemporaryDirectory(prefix="slipway-drift-", dir=place) as work:
        wanted = CorpusWorld(Path(work))
        try:
            wanted.start()
            yield wanted
        finally:
            wanted.stop()
