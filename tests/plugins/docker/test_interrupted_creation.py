"""What a killed plugin made is found again by the next one, or made anew if the program has changed since."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker.engine import Engine
from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.errors import ResourceFailed
from tests.plugins.docker.stack import LABELS, Stack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import docker

    from tests.plugins.docker.stack import Deployed

MORE_LABELS = [*LABELS, {"label": "more", "value": "1"}]


@asynccontextmanager
async def killed_plugin(api: docker.APIClient, journal: Path) -> AsyncIterator[Stack]:
    """Yield a stack whose plugin ends as after a kill: it has no time to forget what it made, nor has the state it."""
    engine = Engine(creations=CreationJournal(journal))
    yield Stack(engine, api)
    engine.close()


@asynccontextmanager
async def next_plugin(api: docker.APIClient, journal: Path) -> AsyncIterator[Stack]:
    engine = Engine(creations=CreationJournal(journal))
    stack = Stack(engine, api)
    yield stack
    await stack.destroy()
    engine.close()


def inputs(kind: str, image: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    container = {"image": image, "command": ["sleep", "100"]} if kind == "Container" else {}
    network = {"ipamConfigs": [{"subnet": "10.97.47.0/24"}]} if kind == "Network" else {}
    return {"labels": LABELS, **container, **network, **more}


@pytest.mark.parametrize("kind", ["Network", "Volume", "Container"])
async def test_a_generated_name_is_kept_and_its_object_not_doubled(
    api: docker.APIClient, image: str, tmp_path: Path, kind: str
) -> None:
    async with killed_plugin(api, tmp_path) as killed:
        first = await killed.up(kind, "c", **inputs(kind, image))
    async with next_plugin(api, tmp_path) as resumed:
        second = await resumed.up(kind, "c", **inputs(kind, image))
        assert (second.id, second.outputs["name"]) == (first.id, first.outputs["name"])


@pytest.mark.parametrize("kind", ["Network", "Volume", "Container"])
async def test_what_the_program_changed_since_is_made_anew(
    api: docker.APIClient, image: str, tmp_path: Path, kind: str
) -> None:
    async with killed_plugin(api, tmp_path) as killed:
        first = await killed.up(kind, "c", **inputs(kind, image))
    async with next_plugin(api, tmp_path) as resumed:
        second = await resumed.up(kind, "c", **inputs(kind, image, labels=MORE_LABELS))
        assert second.outputs["name"] == first.outputs["name"]
        assert await labels_of(second) == {"io.slipway.environment": "dockertest", "more": "1"}


async def labels_of(deployed: Deployed) -> dict[str, str]:
    """Return the labels that the engine shows, without the plugin's own."""
    found = await deployed.resource.named(deployed.outputs["name"])  # type: ignore[attr-defined]
    assert found
    return {key: value for key, value in found.labels.items() if not key.startswith("io.slipway.docker.")}


async def test_an_object_of_another_resource_is_not_removed(api: docker.APIClient, image: str, tmp_path: Path) -> None:
    fixed = inputs("Container", image, name="dockertest-fixed")
    async with killed_plugin(api, tmp_path) as killed:
        made = await killed.up("Container", "mine", **fixed)
        api.remove_container(made.id, force=True)
    async with next_plugin(api, tmp_path / "elsewhere") as stranger:
        other = await stranger.up("Container", "other", **fixed)
        async with killed_plugin(api, tmp_path) as resumed:
            with pytest.raises(ResourceFailed, match="already in use"):
                await resumed.up("Container", "mine", **{**fixed, "labels": MORE_LABELS})
        assert api.inspect_container(other.id)["State"]["Running"]


async def test_after_an_orderly_end_a_generated_name_is_another_one(
    api: docker.APIClient, image: str, tmp_path: Path
) -> None:
    async with next_plugin(api, tmp_path) as ended:
        first = await ended.up("Volume", "c", **inputs("Volume", image))
        ended.engine.creations.close_in_order()
    async with next_plugin(api, tmp_path) as later:
        assert (await later.up("Volume", "c", **inputs("Volume", image))).id != first.id


async def test_the_successor_of_what_is_replaced_gets_a_name_of_its_own(
    api: docker.APIClient, image: str, tmp_path: Path
) -> None:
    async with next_plugin(api, tmp_path) as stack:
        old = await stack.up("Volume", "c", **inputs("Volume", image))
        kept = await stack.check("Volume", "c", old.inputs, **inputs("Volume", image))
        assert kept["name"] == old.id
        new = await stack.up("Volume", "c", **inputs("Volume", image))
        assert new.id != old.id
