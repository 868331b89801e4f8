"""Brings the environment `e2e` up once for all tests of this folder and takes it away whatever happens.

The tests run in the order of the file: each one starts from what the one before left, as an operator's day does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import NAME, EndToEnd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def environment() -> Iterator[EndToEnd]:
    """Return the running environment."""
    wanted = EndToEnd()
    wanted.write_file()
    try:
        wanted.slipway("destroy", NAME, "--yes")  # what an earlier run may have left
        wanted.up()
        yield wanted
    finally:
        wanted.slipway("destroy", NAME, "--yes")
        wanted.file.unlink(missing_ok=True)
