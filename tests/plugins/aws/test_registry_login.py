"""RegistryImage with a login of AWS: moto gives it, and a real registry takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.resource import Context
from plugins.slipway.provider import SlipwayProvider
from tests.plugins.slipway.image_layout import Layout, make_layout
from tests.plugins.slipway.registry_server import RegistryServer, make_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

USER, PASSWORD = "AWS", "123456789012-auth-token"  # moto's


@pytest.fixture
async def provider(endpoint: str, tmp_path: Path) -> AsyncIterator[SlipwayProvider]:
    made = SlipwayProvider(CreationJournal(tmp_path / "creations"))
    await made.configure({"region": "eu-central-1", "endpointUrl": endpoint})
    yield made
    await made.close()


@pytest.fixture
def registry(tmp_path: Path) -> RegistryServer:
    (tmp_path / "registry").mkdir()
    return make_registry(tmp_path / "registry", username=USER, password=PASSWORD)


def _inputs(registry: RegistryServer, layout: Layout, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    access = {key: value for key, value in registry.inputs().items() if key not in {"username", "password"}}
    image = {"layout": str(layout.path), "repository": "platform/thing", "tag": "1", "digest": layout.digest}
    return {**access, **image, **more}


async def test_login_of_aws_is_asked_for_when_it_is_needed_and_kept_nowhere(
    provider: SlipwayProvider, registry: RegistryServer, tmp_path: Path
) -> None:
    image = provider.resource("slipway:index:RegistryImage")
    inputs = _inputs(registry, make_layout(tmp_path / "layout"), loginFrom="ecr")
    with registry.running():
        checked = await image.check(Context(), None, inputs)
        assert not checked.failures
        created = await image.create(Context(), checked.inputs)
        assert created.outputs["pushed"] is True
        again = await image.check(Context(), checked.inputs, inputs)
        assert not (await image.diff(Context(), created.id, checked.inputs, created.outputs, again.inputs)).changes
        assert await image.read(Context(), created.id, checked.inputs, created.outputs)
    assert PASSWORD not in str(created)


async def test_two_logins_are_refused(provider: SlipwayProvider, registry: RegistryServer, tmp_path: Path) -> None:
    image, layout = provider.resource("slipway:index:RegistryImage"), make_layout(tmp_path / "layout")
    both = await image.check(Context(), None, _inputs(registry, layout, loginFrom="ecr", username="me"))
    assert [failure.property for failure in both.failures] == ["username"]
    other = await image.check(Context(), None, _inputs(registry, layout, loginFrom="gcr"))
    assert [failure.property for failure in other.failures] == ["loginFrom"]
