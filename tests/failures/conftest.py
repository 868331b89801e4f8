"""One environment that runs, for tests that break it and mend it again.

`SLIPWAY_TEST_ENVIRONMENT` names one that is up already; without it the environment of the end-to-end tests is brought
up, and taken away at the end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import NAME, EndToEnd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def environment() -> Iterator[EndToEnd]:
    """Return the running environment."""
    if name := os.environ.get("SLIPWAY_TEST_ENVIRONMENT"):
        yield EndToEnd(name=name)
        return
    wanted = EndToEnd()
    wanted.write_file()
    try:
        wanted.slipway("destroy", NAME, "--yes")
        wanted.up()
        yield wanted
    finally:
        wanted.slipway("destroy", NAME, "--yes")
        wanted.file.unlink(missing_ok=True)
