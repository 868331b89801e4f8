"""Repositories, and the login to them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from tests.plugins.aws.engine import changed
from tests.plugins.aws.services.life import dies, lives

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


OCI = "application/vnd.oci.image"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": f"{OCI}.manifest.v1+json",
    "config": {"mediaType": f"{OCI}.config.v1+json", "size": 2, "digest": f"sha256:{'a' * 64}"},
    "layers": [],
}


async def test_repository_lives_and_dies(engine: Engine, boto: Callable[[str], Any]) -> None:
    program = {"name": f"slipway/{uuid.uuid4().hex[:8]}", "lifecycle": {"keepTagged": 10, "expireUntaggedDays": 3}}
    repository = await engine.create("EcrRepository", **program)
    assert repository.outputs["repositoryUrl"].endswith(program["name"])
    assert (repository.outputs["immutableTags"], repository.outputs["scanOnPush"]) == (True, True)
    await lives(engine, repository, program)

    ecr = boto("ecr")
    ecr.put_image_tag_mutability(repositoryName=repository.id, imageTagMutability="MUTABLE")
    ecr.delete_lifecycle_policy(repositoryName=repository.id)
    seen = await engine.refresh(repository)
    assert seen
    assert set(changed(await engine.diff(seen, **program))) == {"immutableTags", "lifecycle"}
    assert await engine.update(seen, **program) == repository

    other = {"name": program["name"], "scanOnPush": False}
    repository = await engine.update(repository, **other)
    await lives(engine, repository, other)
    stronger = await engine.diff(repository, **other, encryption={"type": "KMS"})
    assert (stronger.replaces, stronger.delete_before_replace) == (["encryption"], True)
    await dies(engine, repository)


async def test_repository_with_images_is_deleted_only_when_told(engine: Engine, boto: Callable[[str], Any]) -> None:
    name = f"slipway-{uuid.uuid4().hex[:8]}"
    repository = await engine.create("EcrRepository", name=name)
    boto("ecr").put_image(repositoryName=name, imageManifest=json.dumps(MANIFEST), imageTag="1")
    with pytest.raises(ResourceFailed, match=r"still has 1 image.*forceDelete"):
        await engine.delete(repository)
    repository = await engine.update(repository, name=name, forceDelete=True)
    await dies(engine, repository)


async def test_registry_login_is_a_secret(engine: Engine) -> None:
    login = await engine.invoke("getRegistryLogin")
    assert login["user"] == "AWS"
    assert login["server"].endswith(("amazonaws.com", "localhost:4566", "localhost:4600"))
    assert login["expiresAt"].endswith("Z")
    assert type(login["password"]).__name__ == "Secret"
