"""The stack of the drift corpus, once for all its tests: they go in order, from one state of the world to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import httpx
import pytest

from tests.plugins.aws.conftest import REGION
from tests.plugins.aws.drift.recording_proxy import recording
from tests.plugins.aws.drift.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the stack, up."""
    folder = tmp_path_factory.mktemp("cloud")
    with pytest.MonkeyPatch.context() as patch, recording(endpoint) as proxy:
        variables = {
            "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "testing-secret", "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        }  # fmt: skip
        for name, value in variables.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        ec2 = boto3.client("ec2", endpoint_url=endpoint, region_name=REGION)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]
        yield World(folder, proxy, image)
    # All tests share one account, and some count what is in it.
    httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()
