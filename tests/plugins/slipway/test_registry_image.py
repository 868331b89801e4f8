"""RegistryImage against a real registry with TLS and a login.

What the registry stores is not looked at on disk, only through its API.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.rpc.values import Secret
from plugins.slipway import registry as registry_module
from plugins.slipway.resources.registry_image import RegistryImageResource
from plugins.slipway.x509 import new_authority
from tests.plugins.slipway.conftest import Messages
from tests.plugins.slipway.image_layout import Layout, make_layout
from tests.plugins.slipway.registry_server import PASSWORD, RegistryServer

IMAGE = RegistryImageResource()


async def checked(server: RegistryServer, layout: Layout, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    image = {"layout": str(layout.path), "repository": "platform/thing", "tag": "1", "digest": layout.digest}
    result = await IMAGE.check(Context(), None, {**server.inputs(), **image, **more})
    assert not result.failures
    return result.inputs


async def test_pushes_once_and_finds_it_the_second_time(
    registry: RegistryServer, layout: Layout, messages: Messages
) -> None:
    with registry.running():
        inputs = await checked(registry, layout)
        created = await IMAGE.create(messages.context(), inputs)
        assert created.id == "platform/thing:1"
        assert created.outputs["pushed"] is True
        assert created.outputs["password"] == Secret(PASSWORD)
        assert (await IMAGE.create(Context(), inputs)).outputs["pushed"] is False
        found = await IMAGE.read(Context(), created.id, inputs, created.outputs)
        assert found is not None
        assert found.outputs == created.outputs
    assert "pushed 3 of 3 MiB" in messages.statuses
    assert PASSWORD not in messages.everything


async def test_another_digest_is_pushed_under_the_same_tag(
    registry: RegistryServer, layout: Layout, tmp_path: Path
) -> None:
    other = make_layout(tmp_path / "other")
    with registry.running():
        inputs = await checked(registry, layout)
        created = await IMAGE.create(Context(), inputs)
        news = await checked(registry, other)
        diff = await IMAGE.diff(Context(), created.id, inputs, created.outputs, news)
        assert (set(diff.detailed), list(diff.replaces)) == ({"digest"}, [])
        assert (await IMAGE.update(Context(), created.id, inputs, created.outputs, news))["pushed"] is True
        found = await IMAGE.read(Context(), created.id, inputs, created.outputs)
        assert found is not None
        assert found.inputs["digest"] == other.digest


async def test_waits_for_a_registry_that_is_still_starting(registry: RegistryServer, layout: Layout) -> None:
    pushing = asyncio.create_task(IMAGE.create(Context(), await checked(registry, layout)))
    await asyncio.sleep(0.5)
    assert not pushing.done()
    with registry.running():
        assert (await pushing).outputs["pushed"] is True


async def test_refused_login_names_user_and_registry_but_no_password(registry: RegistryServer, layout: Layout) -> None:
    with registry.running():
        inputs = await checked(registry, layout, password="wrong-canary")
        with pytest.raises(ResourceFailed, match="refused the login of user 'slipway'") as failed:
            await IMAGE.create(Context(), inputs)
    assert "wrong-canary" not in str(failed.value)


@pytest.mark.parametrize(
    "change", [{"serverName": "other.test"}, {"caPem": new_authority("stranger", 1).certificate_pem}]
)
async def test_registry_with_another_identity_is_refused_at_once(
    registry: RegistryServer, layout: Layout, change: dict[str, str]
) -> None:
    with registry.running():
        await IMAGE.create(Context(), await checked(registry, layout))
        async with asyncio.timeout(5):
            with pytest.raises(ResourceFailed, match="its certificate is not one for"):
                await IMAGE.create(Context(), await checked(registry, layout, **change))


async def test_registry_that_never_comes_is_named(
    registry: RegistryServer, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module.Registry.__init__, "__defaults__", (0.5,))
    with pytest.raises(ResourceFailed, match=f"Registry 127.0.0.1:{registry.port}: no answer within 0 s|1 s"):
        await IMAGE.create(Context(), await checked(registry, layout))


async def test_refresh_without_registry_says_the_image_is_gone(
    registry: RegistryServer, layout: Layout, messages: Messages
) -> None:
    inputs = await checked(registry, layout)
    assert await IMAGE.read(messages.context(), "platform/thing:1", inputs, inputs) is None
    assert messages.logs[0][0] == "warning"


async def test_layout_with_another_image_is_not_pushed(registry: RegistryServer, layout: Layout) -> None:
    with registry.running():
        inputs = await checked(registry, layout, digest="sha256:" + "0" * 64)
        with pytest.raises(ResourceFailed, match="was expected"):
            await IMAGE.create(Context(), inputs)


async def test_moved_layout_is_no_change(registry: RegistryServer, layout: Layout) -> None:
    inputs = await checked(registry, layout)
    diff = await IMAGE.diff(Context(), "x", inputs, inputs, {**inputs, "layout": "/elsewhere"})
    assert not diff.changes


async def test_damaged_layer_is_named_and_not_pushed(registry: RegistryServer, layout: Layout) -> None:
    largest = max((layout.path / "blobs" / "sha256").iterdir(), key=lambda blob: blob.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1])
    with registry.running(), pytest.raises(ResourceFailed, match=f"{largest} is missing or cut short"):
        await IMAGE.create(Context(), await checked(registry, layout))
