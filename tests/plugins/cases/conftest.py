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


def pytest_configure(config: pytest.Config) -> None:
    # A program whose engine has failed is cut off where it stands, and its coroutines complain when they are collected.
    config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="slipway-cases-") as folder:
        made = Bench(Path(folder))
        try:
            yield made
        finally:
            made.stop()
