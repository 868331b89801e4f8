"""The provider's functions on a real engine and a real registry, as the SDK calls them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from plugins.docker.credentials import Credentials
from plugins.docker.provider import DockerProvider
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from tests.plugins.docker.registry import PASSWORD, USERNAME, Registry, running_registry
from tests.plugins.docker.stack import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugins.docker.stack import Stack

INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


async def call(stack: Stack, function: str, /, **args: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    provider = DockerProvider()
    provider.engine = stack.engine
    return await provider.invoke(Context(), f"docker:index/{function}:{function}", args)


def log_in(stack: Stack, registry: Registry) -> None:
    stack.engine.credentials = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])


async def test_logs_are_whole_lines(stack: Stack, image: str) -> None:
    command = ["sh", "-c", "echo one; echo two >&2; echo; sleep 100"]
    made = await stack.up("Container", "c", name="dockertest-logs", image=image, command=command, labels=LABELS)
    found = await call(stack, "getLogs", name="dockertest-logs")
    assert (sorted(found["logsListStrings"]), found["id"]) == (["", "one", "two"], "dockertest-logs")
    assert found["showStdout"] is True
    assert (await call(stack, "getLogs", name=made.id, showStderr=False))["logsListStrings"] == ["one", ""]
    assert len((await call(stack, "getLogs", name=made.id, tail="1"))["logsListStrings"]) == 1
    assert (await call(stack, "getLogs", name=made.id, until="1h"))["logsListStrings"] == []
    stamped = await call(stack, "getLogs", name=made.id, showStderr=False, timestamps=True, since="10m")
    assert re.match(r"\d{4}-\d\d-\d\dT\S+Z one", stamped["logsListStrings"][0])


async def test_functions_name_what_is_not_there(stack: Stack, registry: Registry) -> None:
    log_in(stack, registry)
    gone = f"{registry.address}/dockertest/gone:1"
    for name, args, words in (
        ("getLogs", {"name": "dockertest-none"}, "no container 'dockertest-none'"),
        ("getLogs", {"name": "x", "since": "yesterday"}, "'yesterday' is no duration"),
        ("getPlugin", {"alias": "dockertest-none"}, "no plugin 'dockertest-none'"),
        ("getPlugin", {}, "give either id or alias"),
        ("getNetwork", {"name": "dockertest-none"}, "no network 'dockertest-none'"),
        ("getRegistryImage", {"name": gone, "insecureSkipVerify": True}, f"has no image '{gone}'"),
        ("getRegistryImageManifests", {"name": gone, "insecureSkipVerify": True}, f"has no image '{gone}'"),
    ):
        with pytest.raises(ResourceFailed, match=words):
            await call(stack, name, **args)


async def test_registry_image_without_a_login_or_trust_is_refused(stack: Stack, registry: Registry) -> None:
    name = f"{registry.address}/dockertest/any:1"
    with pytest.raises(ResourceFailed, match="is not trusted"):
        await call(stack, "getRegistryImage", name=name)
    stack.engine.credentials = Credentials(
        [{"address": registry.address, "username": USERNAME, "password": "wrong-one"}]
    )
    with pytest.raises(ResourceFailed, match=f"refused HEAD of .* to user '{USERNAME}': 401") as raised:
        await call(stack, "getRegistryImage", name=name, insecureSkipVerify=True)
    assert "wrong-one" not in str(raised.value)


async def test_registry_image_and_its_platforms(stack: Stack, registry: Registry, image: str) -> None:
    log_in(stack, registry)
    name = f"{registry.address}/dockertest/one:1"
    await stack.up("Tag", "tag", sourceImage=image, targetImage=name)
    pushed = await stack.up("RegistryImage", "push", name=name, insecureSkipVerify=True)
    found = await call(stack, "getRegistryImage", name=name, insecureSkipVerify=True)
    assert found == {"id": pushed.id, "name": name, "sha256Digest": pushed.id, "insecureSkipVerify": True}
    with pytest.raises(ResourceFailed, match="made for one platform"):
        await call(stack, "getRegistryImageManifests", name=name, insecureSkipVerify=True)

    digest = put_index(registry, "dockertest/one", pushed.id)
    many = f"{registry.address}/dockertest/one:many"
    listed = await call(stack, "getRegistryImageManifests", name=many, insecureSkipVerify=True)
    assert listed["id"] == "dockertest/one:many"
    assert listed["manifests"] == [
        {
            "architecture": "amd64",
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "os": "linux",
            "sha256Digest": pushed.id,
        }
    ]
    own = {"address": registry.address, "username": USERNAME, "password": PASSWORD}
    stack.engine.credentials = Credentials()
    again = await call(stack, "getRegistryImageManifests", name=many, insecureSkipVerify=True, authConfig=own)
    assert again["manifests"] == listed["manifests"]
    log_in(stack, registry)
    assert (await call(stack, "getRegistryImage", name=many, insecureSkipVerify=True))["id"] == digest
    stack.api.remove_image(name)


def put_index(registry: Registry, repository: str, digest: str) -> str:
    """Push a list of one manifest as the tag 'many', and return its own digest."""
    at, login = f"https://{registry.address}/v2/{repository}/manifests", (USERNAME, PASSWORD)
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    size = len(requests.get(f"{at}/{digest}", auth=login, verify=False, headers={"Accept": kind}, timeout=9).content)  # noqa: S501
    entry = {
        "mediaType": kind,
        "digest": digest,
        "size": size,
        "platform": {"architecture": "amd64", "os": "linux"},
    }
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()
    put = requests.put(f"{at}/many", data=body, auth=login, verify=False, headers={"Content-Type": INDEX}, timeout=9)  # noqa: S501
    put.raise_for_status()
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
