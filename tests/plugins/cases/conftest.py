"""Fixtures of the cases: what a worker makes once, and the world of each case.

They hold no assertions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugins.cases.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="slipway-cases-") as folder:
        made = Bench(Path(folder))
        try:
            yield made
        finally:
            made.stop()
