"""moto's server as AWS, and an account for each test.

moto answers as AWS does but has no delays, quotas or permissions: ``broken_api`` puts those in front of it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.loaders import create_loader
from moto.server import ThreadedMotoServer

from plugins.rpc.creation_journal import CreationJournal
from plugins.slipway.provider import SlipwayProvider
from tests.plugins.aws.broken_api import BrokenApi, broken
from tests.plugins.aws.engine import Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path
    from typing import Any

REGION = "eu-central-1"
TAGS = {"slipway:project": "slipway", "slipway:environment": "test"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of moto's server on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def models() -> Iterator[None]:
    """EC2's model is megabytes of JSON: it is read once for all tests, not for each one's session."""
    loader = create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.loaders.create_loader", lambda _paths=None: loader)
        yield


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials that mean nothing, and none of this machine's own."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def boto(endpoint: str, credentials: None) -> Callable[[str], Any]:
    """Makes clients that look at AWS, and change it, behind the plugin's back."""
    del credentials
    return lambda service: boto3.client(service, endpoint_url=endpoint, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def image(endpoint: str) -> str:
    """An image that moto has; it takes a second to list them."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing-secret"}
    ec2 = boto3.client("ec2", endpoint_url=endpoint, region_name=REGION, **keys)
    return str(ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"])


@pytest.fixture
def api(endpoint: str) -> Iterator[BrokenApi]:
    """What stands between the plugin and moto; as long as a test says nothing, it only passes on."""
    with broken(endpoint) as proxy:
        yield proxy


@pytest.fixture
async def engine(api: BrokenApi, tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine with a provider; what a test leaves in its state is deleted."""
    engine = await new_engine(api, tmp_path)
    yield engine
    api.failures.clear()
    api.changes.clear()
    await engine.destroy()
    await engine.provider.close()


async def new_engine(api: BrokenApi, folder: Path) -> Engine:
    """Return an engine as after the start of a run; ``folder`` holds what outlives one."""
    engine = Engine(SlipwayProvider(CreationJournal(folder / "creations")))
    await engine.configure(region=REGION, endpointUrl=api.address, defaultTags=TAGS)
    return engine
