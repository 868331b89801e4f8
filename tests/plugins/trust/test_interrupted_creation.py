"""An object that a killed plugin created is found again by the next one, and nobody else's object ever is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.provider import KubernetesProvider
from plugins.rpc.creation_journal import UNRECORDED, CreationJournal
from plugins.rpc.errors import ResourceFailed
from tests.plugins.kubernetes.engine import Engine, Made

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.plugins.kubernetes.control_plane import ControlPlane

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def program(namespace: str, *, name: str = "", **data: str) -> dict[str, Any]:
    metadata = {"namespace": namespace} | ({"name": name} if name else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {"k": "v"}}


@asynccontextmanager
async def plugin(control_plane: ControlPlane, journal: Path) -> AsyncIterator[Engine]:
    """Yield an engine with a provider that ends as after a kill: it has no time to forget what it made."""
    provider = KubernetesProvider(CreationJournal(journal))
    await provider.configure({"kubeconfig": control_plane.kubeconfig()})
    try:
        yield Engine(provider)
    finally:
        await provider.close()


def path(namespace: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps" + (f"/{name}" if name else "")


def forget_uid(journal: Path, urn: str) -> None:
    """Leave the journal as a kill does that comes between request and answer."""
    creations = CreationJournal(journal)
    begun = creations.find(urn)
    assert begun
    creations.begin(replace(begun, uid=""))


async def test_a_generated_name_is_kept_and_its_object_is_not_doubled(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with plugin(control_plane, tmp_path) as killed:
        first = await killed.create(CONFIG_MAP, "settings", program(namespace))
    async with plugin(control_plane, tmp_path) as resumed:
        second = await resumed.create(CONFIG_MAP, "settings", program(namespace))
    assert second.id == first.id
    assert second.outputs == first.outputs
    assert len(control_plane.request("GET", path(namespace))["items"]) == 1


async def test_a_chosen_name_is_taken_over_even_if_the_answer_never_came(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as killed:
        first = await killed.create(CONFIG_MAP, "fixed", wanted)
        forget_uid(tmp_path, killed.context(CONFIG_MAP, "fixed").urn)
    async with plugin(control_plane, tmp_path) as resumed:
        assert (await resumed.create(CONFIG_MAP, "fixed", wanted)).outputs == first.outputs


async def test_what_the_program_changed_since_is_applied(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with plugin(control_plane, tmp_path) as killed:
        first = await killed.create(CONFIG_MAP, "fixed", program(namespace, name="fixed", a="1", b="2"))
    async with plugin(control_plane, tmp_path) as resumed:
        wanted = program(namespace, name="fixed", a="changed")
        second = await resumed.create(CONFIG_MAP, "fixed", wanted)
        assert not (await resumed.diff(second, wanted)).changes
    assert second.outputs["metadata"]["uid"] == first.outputs["metadata"]["uid"]
    assert control_plane.request("GET", path(namespace, "fixed"))["data"] == {"a": "changed"}


async def test_the_field_manager_of_a_patch_is_kept_so_that_its_fields_can_be_given_up(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace, "labels": {"tier": "web"}}}
    async with plugin(control_plane, tmp_path) as killed:
        first = await killed.create("kubernetes:core/v1:NamespacePatch", "labels", wanted)
    async with plugin(control_plane, tmp_path) as resumed:
        second = await resumed.create("kubernetes:core/v1:NamespacePatch", "labels", wanted)
        assert second.outputs["__fieldManager"] == first.outputs["__fieldManager"]
        await resumed.delete(second)
    assert "tier" not in control_plane.request("GET", f"/api/v1/namespaces/{namespace}")["metadata"]["labels"]


async def looked_up(control_plane: ControlPlane, journal: Path, wanted: dict[str, Any]) -> str | None:
    """Return the id that a refresh finds for a creation that a killed run had begun."""
    async with plugin(control_plane, journal) as resumed:
        inputs = await resumed.check(CONFIG_MAP, "fixed", wanted)
        found = await resumed.refresh(Made(CONFIG_MAP, "fixed", UNRECORDED, inputs, {}))
        if found is None:
            return None
        assert not (await resumed.diff(found, wanted)).changes
        await resumed.provider.finished()
        return found.id


async def test_a_refresh_finds_what_a_killed_run_made_and_then_it_is_recorded(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as killed:
        first = await killed.create(CONFIG_MAP, "fixed", wanted)
    assert await looked_up(control_plane, tmp_path, wanted) == first.id
    assert await looked_up(control_plane, tmp_path, wanted) is None


async def test_a_refresh_finds_neither_what_was_never_made_nor_what_is_somebody_elses(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as killed:
        await killed.create(CONFIG_MAP, "fixed", wanted)
    control_plane.request("DELETE", path(namespace, "fixed"))
    assert await looked_up(control_plane, tmp_path, wanted) is None
    control_plane.request("POST", path(namespace), wanted)
    assert await looked_up(control_plane, tmp_path, wanted) is None


async def refused(control_plane: ControlPlane, journal: Path, wanted: dict[str, Any]) -> None:
    async with plugin(control_plane, journal) as resumed:
        with pytest.raises(ResourceFailed, match="already exists"):
            await resumed.create(CONFIG_MAP, "fixed", wanted)


async def test_an_object_of_somebody_else_is_never_taken_over(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    control_plane.request("POST", path(namespace), program(namespace, name="fixed"))
    await refused(control_plane, tmp_path, program(namespace, name="fixed"))
    # Not in a second run either, which finds what the first one tried.
    await refused(control_plane, tmp_path, program(namespace, name="fixed"))


async def test_an_object_that_was_made_again_by_somebody_else_is_not_ours(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as killed:
        await killed.create(CONFIG_MAP, "fixed", wanted)
    control_plane.request("DELETE", path(namespace, "fixed"))
    control_plane.request("POST", f"{path(namespace)}?fieldManager=pulumi-kubernetes", wanted)
    await refused(control_plane, tmp_path, wanted)


async def test_without_an_answer_only_an_equal_object_of_that_moment_is_ours(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as killed:
        await killed.create(CONFIG_MAP, "fixed", wanted)
        urn = killed.context(CONFIG_MAP, "fixed").urn
    forget_uid(tmp_path, urn)
    begun = CreationJournal(tmp_path).find(urn)
    assert begun
    await refused(control_plane, tmp_path, program(namespace, name="fixed", other="content"))
    CreationJournal(tmp_path).begin(replace(begun, began_at=begun.began_at + 3600))
    await refused(control_plane, tmp_path, wanted)


async def test_after_an_orderly_end_an_object_that_the_state_lost_is_not_taken_over(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    wanted = program(namespace, name="fixed")
    async with plugin(control_plane, tmp_path) as ended:
        await ended.create(CONFIG_MAP, "fixed", wanted)
        await ended.provider.finished()
    await refused(control_plane, tmp_path, wanted)


async def test_the_successor_of_an_object_that_was_deleted_first_is_found_by_its_uid(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with plugin(control_plane, tmp_path) as killed:
        old = await killed.create(CONFIG_MAP, "fixed", program(namespace, name="fixed", a="1"))
        await killed.delete(old)
        successor = await killed.create(CONFIG_MAP, "fixed", program(namespace, name="fixed", a="2"))
    async with plugin(control_plane, tmp_path) as resumed:
        # The state still names the old one, which has the same name.
        wanted = program(namespace, name="fixed", a="2")
        assert (await resumed.diff(old, wanted)).replaces
        found = await resumed.create(CONFIG_MAP, "fixed", wanted)
    assert found.outputs == successor.outputs


async def test_a_forced_replacement_gets_another_name_and_object(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    async with plugin(control_plane, tmp_path) as killed:
        old = await killed.create(CONFIG_MAP, "settings", program(namespace))
    async with plugin(control_plane, tmp_path) as resumed:
        await resumed.check(CONFIG_MAP, "settings", program(namespace), old.inputs)  # --replace asks for no diff
        new = await resumed.create(CONFIG_MAP, "settings", program(namespace))
        assert new.id != old.id
        await resumed.delete(old)
    assert [item["metadata"]["uid"] for item in control_plane.request("GET", path(namespace))["items"]] == [
        new.outputs["metadata"]["uid"]
    ]
