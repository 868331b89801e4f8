"""EngineImage against a real container engine.

The images are labelled and removed, whatever happens.
"""

from pathlib import Path
from typing import Any

import docker
import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.slipway.resources.engine_image import EngineImageResource
from tests.plugins.slipway.conftest import LABEL, Messages
from tests.plugins.slipway.image_layout import Layout, make_layout

IMAGE = EngineImageResource()
NAME = "slipway-plugin-test/thing:1"


def inputs(layout: Layout, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"layout": str(layout.path), "name": NAME, "digest": layout.config_digest, **more}


async def test_loads_the_image_once(engine: docker.DockerClient, layout: Layout, messages: Messages) -> None:
    created = await IMAGE.create(messages.context(), inputs(layout))
    assert created.outputs["imageId"] == layout.config_digest == engine.images.get(NAME).id
    assert messages.statuses == [f"loading {NAME}"]
    again = Messages()
    await IMAGE.create(again.context(), inputs(layout))
    assert again.statuses == []
    found = await IMAGE.read(Context(), created.id, inputs(layout), created.outputs)
    assert found is not None
    assert found.outputs == created.outputs


async def test_update_takes_the_old_image_away(engine: docker.DockerClient, layout: Layout, tmp_path: Path) -> None:
    created = await IMAGE.create(Context(), inputs(layout))
    key, _, value = LABEL.partition("=")
    other = make_layout(tmp_path / "other", labels={key: value})
    outputs = await IMAGE.update(Context(), created.id, inputs(layout), created.outputs, inputs(other))
    assert outputs["imageId"] == other.config_digest
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(layout.config_digest)


async def test_delete_removes_it_and_a_second_time_is_no_error(engine: docker.DockerClient, layout: Layout) -> None:
    created = await IMAGE.create(Context(), inputs(layout))
    for _ in range(2):
        await IMAGE.delete(Context(), created.id, inputs(layout), created.outputs)
    assert await IMAGE.read(Context(), created.id, inputs(layout), created.outputs) is None
    assert not engine.images.list(filters={"label": LABEL})


async def test_delete_leaves_an_image_in_use(engine: docker.DockerClient, layout: Layout, messages: Messages) -> None:
    created = await IMAGE.create(Context(), inputs(layout))
    key, _, value = LABEL.partition("=")
    engine.containers.create(NAME, labels={key: value})
    await IMAGE.delete(messages.context(), created.id, inputs(layout), created.outputs)
    assert "stays in the container engine" in messages.everything
    assert engine.images.get(NAME)


async def test_rebuilt_layout_is_refused(layout: Layout) -> None:
    with pytest.raises(ResourceFailed, match="was rebuilt"):
        await IMAGE.create(Context(), inputs(layout, digest="sha256:" + "0" * 64))


async def test_engine_that_does_not_run_is_named(layout: Layout) -> None:
    with pytest.raises(ResourceFailed, match="does not answer"):
        await IMAGE.create(Context(), inputs(layout, dockerHost="unix:///nowhere.sock"))
