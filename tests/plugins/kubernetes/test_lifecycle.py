"""Create, read, update, diff and delete against a real API server."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN, Secret, reveal

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane
    from tests.plugins.kubernetes.engine import Engine

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"


def config_map(namespace: str, data: dict[str, Any], **metadata: Value) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace, **metadata}, "data": data}


async def test_create_stores_the_object_and_keeps_what_the_next_run_needs(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    made = await engine.create(CONFIG_MAP, "settings", config_map(namespace, {"k": "v"}))
    assert made.id.startswith(f"{namespace}/settings-")
    live = control_plane.request("GET", f"/api/v1/namespaces/{namespace}/configmaps/{made.id.split('/')[1]}")
    assert live["data"] == {"k": "v"}
    assert live["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["pulumi-kubernetes"]
    assert made.outputs["__inputs"] == made.inputs
    assert made.outputs["__initialApiVersion"] == "v1"
    assert made.outputs["__fieldManager"].startswith("pulumi-kubernetes-")
    assert made.outputs["metadata"]["uid"] == live["metadata"]["uid"]


async def test_a_second_run_changes_nothing(engine: Engine, namespace: str) -> None:
    program = config_map(namespace, {"k": "v"})
    made = await engine.create(CONFIG_MAP, "settings", program)
    assert not (await engine.diff(made, program)).changes


async def test_changed_data_of_an_autonamed_config_map_replaces_it_without_deleting_first(
    engine: Engine, namespace: str
) -> None:
    made = await engine.create(CONFIG_MAP, "settings", config_map(namespace, {"k": "v"}))
    diff = await engine.diff(made, config_map(namespace, {"k": "w"}))
    assert list(diff.replaces) == ["data.k"]
    assert not diff.delete_before_replace


async def test_changed_data_of_a_named_config_map_deletes_it_first(engine: Engine, namespace: str) -> None:
    made = await engine.create(CONFIG_MAP, "settings", config_map(namespace, {"k": "v"}, name="fixed"))
    diff = await engine.diff(made, config_map(namespace, {"k": "w"}, name="fixed"))
    assert diff.replaces
    assert diff.delete_before_replace


async def test_secret_data_is_secret_however_it_was_given(engine: Engine, namespace: str) -> None:
    program = {"metadata": {"namespace": namespace}, "stringData": {"password": "canary"}}
    made = await engine.create(SECRET, "cred", program)
    assert isinstance(made.inputs["data"], Secret)
    assert "stringData" not in made.inputs
    assert isinstance(made.outputs["data"], Secret)
    assert isinstance(made.outputs["__inputs"]["data"], Secret)
    assert reveal(made.outputs["data"]) == {"password": base64.b64encode(b"canary").decode()}
    assert "canary" not in repr(made.outputs)
    assert not (await engine.diff(made, program)).changes


async def test_update_removes_what_the_program_dropped(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    def program(labels: dict[str, str]) -> dict[str, Any]:
        return config_map(namespace, {"k": "v"}, name="labelled", labels=labels)

    made = await engine.create(CONFIG_MAP, "labelled", program({"a": "1", "b": "2"}))
    updated = await engine.update(made, program({"a": "3"}))
    live = control_plane.request("GET", f"/api/v1/namespaces/{namespace}/configmaps/labelled")
    assert live["metadata"]["labels"] == {"a": "3"}
    assert updated.outputs["__fieldManager"] == made.outputs["__fieldManager"]
    managers = {(entry["manager"], entry["operation"]) for entry in live["metadata"]["managedFields"]}
    assert managers == {(made.outputs["__fieldManager"], "Apply")}


async def test_a_foreign_change_shows_in_a_refresh_as_exactly_that_change(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    program = config_map(namespace, {"a": "1", "b": "2"}, name="drifting")
    made = await engine.create(CONFIG_MAP, "drifting", program)
    path = f"/api/v1/namespaces/{namespace}/configmaps/drifting"
    control_plane.patch(path, {"data": {"a": "foreign", "c": "not ours"}, "metadata": {"labels": {"not": "ours"}}})
    refreshed = await engine.refresh(made)
    assert refreshed
    assert refreshed.inputs == {**made.inputs, "data": {"a": "foreign", "b": "2"}}
    diff = await engine.diff(refreshed, program)
    assert list(diff.detailed) == ["data.a"]


async def test_refresh_without_foreign_changes_finds_none(engine: Engine, namespace: str) -> None:
    program = {
        "metadata": {"namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "hostNetwork": False,
                    "containers": [
                        {
                            "name": "c",
                            "image": "x:1",
                            "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}},
                            "env": [{"name": "EMPTY", "value": ""}],
                        }
                    ],
                },
            },
        },
    }
    made = await engine.create("kubernetes:apps/v1:Deployment", "web", program)
    assert not (await engine.diff(made, program)).changes
    refreshed = await engine.refresh(made)
    assert refreshed
    assert refreshed.inputs == made.inputs
    assert not (await engine.diff(refreshed, program)).changes


async def test_an_object_that_is_gone_reads_as_gone(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    made = await engine.create(CONFIG_MAP, "brief", config_map(namespace, {}, name="brief"))
    control_plane.request("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/brief")
    assert await engine.refresh(made) is None
    await engine.delete(made)


async def test_import_takes_over_what_is_there(engine: Engine, control_plane: ControlPlane, namespace: str) -> None:
    body = config_map(namespace, {"k": "v"}, name="found", labels={"a": "b"})
    control_plane.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
    resource = engine.provider.resource(CONFIG_MAP)
    result = await resource.read(engine.context(CONFIG_MAP, "found"), f"{namespace}/found", {}, {})
    assert result
    assert result.inputs == body
    assert result.outputs["metadata"]["uid"]


async def test_delete_waits_until_the_object_is_gone(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    program = config_map(namespace, {}, name="held", finalizers=["example.com/hold"])
    made = await engine.create(CONFIG_MAP, "held", program)
    with pytest.raises(ResourceFailed, match=r"example\.com/hold"):
        await engine.delete(made, timeout_seconds=1)
    control_plane.patch(f"/api/v1/namespaces/{namespace}/configmaps/held", {"metadata": {"finalizers": None}})
    await engine.delete(made, timeout_seconds=30)
    assert await engine.refresh(made) is None


async def test_preview_shows_what_the_api_server_would_make_of_it(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    program = {"metadata": {"namespace": namespace}, "spec": {"ports": [{"port": 80}]}}
    made = await engine.create(SERVICE, "web", program, preview=True)
    assert made.id == ""
    assert made.outputs["spec"]["ports"][0]["protocol"] == "TCP"
    assert "status" not in made.outputs
    assert control_plane.request("GET", f"/api/v1/namespaces/{namespace}/services")["items"] == []


async def test_preview_with_unknown_values_echoes_the_inputs(engine: Engine) -> None:
    made = await engine.create(CONFIG_MAP, "later", config_map("x", {"k": UNKNOWN}), preview=True)
    assert made.outputs == made.inputs
    assert made.outputs["data"]["k"] is UNKNOWN


async def test_preview_in_a_namespace_that_comes_later_echoes_the_inputs(engine: Engine) -> None:
    made = await engine.create(CONFIG_MAP, "later", config_map("not-yet", {"k": "v"}), preview=True)
    assert made.outputs == made.inputs


async def test_ignored_changes_stay_as_they_are_in_the_cluster(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    def program(replicas: int, image: str) -> dict[str, Any]:
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": template}
        annotations = {"pulumi.com/skipAwait": "true"}
        return {"metadata": {"namespace": namespace, "name": "web", "annotations": annotations}, "spec": spec}

    made = await engine.create("kubernetes:apps/v1:Deployment", "web", program(1, "x:1"))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    control_plane.patch(path, {"spec": {"replicas": 5}})
    assert not (await engine.diff(made, program(2, "x:1"), ignore_changes=["spec.replicas"])).changes
    await engine.update(made, program(1, "x:2"), ignore_changes=["spec.replicas"])
    live = control_plane.request("GET", path)
    assert live["spec"]["replicas"] == 5
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "x:2"


async def test_patch_resource_sets_fields_of_an_existing_object_and_gives_them_up(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    program = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace, "labels": {"tier": "web"}}}
    made = await engine.create("kubernetes:core/v1:NamespacePatch", "labels", program)
    path = f"/api/v1/namespaces/{namespace}"
    assert control_plane.request("GET", path)["metadata"]["labels"]["tier"] == "web"
    changed = {**program, "metadata": {"name": namespace, "labels": {"tier": "api"}}}
    assert not (await engine.diff(made, changed)).replaces
    made = await engine.update(made, changed)
    assert control_plane.request("GET", path)["metadata"]["labels"]["tier"] == "api"
    await engine.delete(made)
    live = control_plane.request("GET", path)
    assert "tier" not in live["metadata"]["labels"]
    assert live["status"]["phase"] == "Active"


async def test_manifests_are_decoded_for_config_groups(engine: Engine) -> None:
    text = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: x}}"
    args = {"text": text, "defaultNamespace": "team"}
    answer = await engine.provider.invoke(engine.context("", ""), "kubernetes:yaml:decode", args)
    assert [item["metadata"] for item in answer["result"]] == [{"name": "x"}]


async def test_texts_with_line_separators_of_unicode_do_not_break_a_watch(engine: Engine, namespace: str) -> None:
    made = await engine.create(CONFIG_MAP, "lines", config_map(namespace, {"k": "a\u2028b\x85c\x0bd"}))
    await engine.delete(made, timeout_seconds=30)
    assert await engine.refresh(made) is None
