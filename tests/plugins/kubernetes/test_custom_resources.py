"""Custom resource definitions and their objects, made by one program."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.model.normalizing import dashed
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane
    from tests.plugins.kubernetes.engine import Engine

DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


@pytest.fixture
def group() -> str:
    return f"g{uuid.uuid4().hex[:8]}.example.com"


def definition(group: str, scope: str = "Namespaced", **schema: Value) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "x_kubernetes_preserve_unknown_fields": True,
                                    "properties": {"size": {"type": "integer"}, **schema},
                                }
                            },
                        }
                    },
                }
            ],
        },
    }


async def test_objects_may_be_made_before_their_definition_is_there(engine: Engine, group: str) -> None:
    token = f"kubernetes:{group}/v1:Widget"
    widget = {"metadata": {"name": "w"}, "spec": {"size": 3}}
    early = asyncio.create_task(engine.create(token, "w", widget))
    await asyncio.sleep(0.3)
    made = await engine.create(DEFINITION, "widgets", definition(group))
    assert any(item["type"] == "Established" for item in made.outputs["status"]["conditions"])
    assert not (await engine.diff(made, definition(group))).changes
    widget_made = await early
    assert widget_made.id == "default/w"
    assert not (await engine.diff(widget_made, widget)).changes
    diff = await engine.diff(widget_made, {**widget, "spec": {"size": 4}})
    assert list(diff.detailed) == ["spec.size"]
    assert not diff.replaces
    updated = await engine.update(widget_made, {**widget, "spec": {"size": 4}})
    assert updated.outputs["spec"] == {"size": 4}


async def test_schema_keys_are_spelled_for_python_in_the_state_and_for_the_api_on_the_wire(
    engine: Engine, group: str
) -> None:
    made = await engine.create(DEFINITION, "widgets", definition(group))
    schema = made.outputs["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert schema["x_kubernetes_preserve_unknown_fields"] is True
    changed = definition(group, color={"type": "string"})
    assert (await engine.diff(made, changed)).changes
    updated = await engine.update(made, changed)
    assert not (await engine.diff(updated, changed)).changes
    refreshed = await engine.refresh(updated)
    assert refreshed
    assert refreshed.inputs == updated.inputs


async def test_objects_of_the_cluster_get_no_namespace(engine: Engine, group: str) -> None:
    await engine.check(DEFINITION, "widgets", definition(group, "Cluster"))
    made_definition = await engine.create(DEFINITION, "widgets", definition(group, "Cluster"))
    # In the foreground it would be the garbage collector's turn, which looks for new kinds every 30 seconds.
    annotations = {"pulumi.com/deletionPropagationPolicy": "background"}
    widget = {"metadata": {"name": "w", "annotations": annotations}}
    made = await engine.create(f"kubernetes:{group}/v1:Widget", "w", widget)
    assert made.id == "w"
    assert "namespace" not in made.inputs["metadata"]
    await engine.delete(made)
    await engine.delete(made_definition)


async def test_object_of_a_removed_definition_counts_as_gone(engine: Engine, group: str) -> None:
    made_definition = await engine.create(DEFINITION, "widgets", definition(group))
    made = await engine.create(f"kubernetes:{group}/v1:Widget", "w", {"metadata": {"name": "w"}})
    await engine.delete(made_definition)
    engine.provider.resource(DEFINITION)._cluster.discovery.forget(f"{group}/v1")  # type: ignore[attr-defined]
    assert await engine.refresh(made) is None
    await engine.delete(made)


async def test_a_kind_that_is_not_served_names_what_is(
    engine: Engine, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.kubernetes.changing.creating._RETRY_AFTER_SECONDS", (0.05,))
    program = {"metadata": {"namespace": namespace}, "spec": {}}
    token = "kubernetes:policy/v1beta1:PodDisruptionBudget"
    (reason,) = await engine.refusal(token, "x", program)
    assert "policy/v1beta1 PodDisruptionBudget. Of this group it serves policy/v1:" in reason
    # What the state holds already is no news: the cluster was updated under it.
    olds = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", **program}
    assert not await engine.refusal(token, "x", program, olds)
    with pytest.raises(ResourceFailed, match="install the custom resource definition first"):
        await engine.create("kubernetes:nowhere.example.com/v1:Thing", "x", program)


async def test_custom_resources_are_compared_with_the_schema_of_their_definition(
    engine: Engine, control_plane: ControlPlane, group: str
) -> None:
    properties = {"size": {"type": "integer"}, "names": {"type": "array", "items": {"type": "string"}}}
    schema = {"type": "object", "required": ["size"], "properties": properties}
    spec = definition(group)["spec"]
    spec["versions"][0]["schema"] = {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}}
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    name = {"metadata": {"name": f"widgets.{group}"}}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    control_plane.request("POST", path, {**body, **name, "spec": dashed(spec)})
    token = f"kubernetes:{group}/v1:Widget"
    wrong = {"metadata": {"name": "w"}, "spec": {"sise": 1, "names": ["a", 2]}}
    reasons: list[str] = []
    for _ in range(100):  # the API server publishes the schema a moment later
        if reasons := await engine.refusal(token, "w", wrong):
            break
        await asyncio.sleep(0.1)
    assert reasons == [
        "spec.names[1]: must be a string, but is an integer",
        "spec.size: missing: this field is required",
    ]
    assert ("warning", 'spec.sise: unknown field; did you mean "size"?') in engine.logs
    # The program brings a definition of its own, so what the API server has now does not count.
    await engine.check(DEFINITION, "widgets", definition(group))
    assert not await engine.refusal(token, "w", wrong)
