"""Services of AWS are asked directly, without the proxy of the other tests, which knows the protocol of EC2 alone.

Against moto, and the same against ministack where SLIPWAY_TEST_MINISTACK_URL names one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.plugins.aws.broken_api import BrokenApi
from tests.plugins.aws.conftest import new_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.plugins.aws.engine import Engine

MINISTACK = os.environ.get("SLIPWAY_TEST_MINISTACK_URL")


@pytest.fixture(params=["moto", *(["ministack"] if MINISTACK else [])])
def endpoint(request: pytest.FixtureRequest, endpoint: str) -> str:
    """The address of the service that plays AWS."""
    return MINISTACK if MINISTACK and request.param == "ministack" else endpoint


@pytest.fixture
async def engine(endpoint: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine that speaks to the service itself: the proxy of other tests knows the protocol of EC2 alone."""
    engine = await new_engine(BrokenApi(endpoint, address=endpoint), tmp_path)
    yield engine
    await engine.destroy()
    await engine.provider.close()
