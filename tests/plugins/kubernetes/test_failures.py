"""What the user reads when something goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.model.tokens import kind_of
from plugins.kubernetes.provider import KubernetesProvider
from plugins.rpc.errors import ResourceFailed
from tests.plugins.kubernetes.certificates import make_authority, make_client
from tests.plugins.kubernetes.control_plane import free_port
from tests.plugins.kubernetes.engine import Engine, Made

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def program(namespace: str, **more: Value) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": "c"}, "data": {"k": "v"}, **more}


async def engine_with(kubeconfig: str, **settings: Value) -> Engine:
    provider = KubernetesProvider()
    await provider.configure({"kubeconfig": kubeconfig, **settings})
    return Engine(provider)


async def failure_of(engine: Engine, token: str, inputs: dict[str, Any]) -> str:
    with pytest.raises(ResourceFailed) as caught:
        await engine.create(token, "c", inputs)
    return str(caught.value)


async def test_invalid_fields_are_named(engine: Engine, namespace: str) -> None:
    service = {"metadata": {"namespace": namespace, "name": "Bad_Name"}, "spec": {"ports": [{"port": 99999}]}}
    text = await failure_of(engine, "kubernetes:core/v1:Service", service)
    assert f"Cannot create Service {namespace}/Bad_Name" in text
    assert "spec.ports[0].port" in text
    assert "metadata.name" in text


async def test_inputs_are_compared_with_the_published_schema(engine: Engine, namespace: str) -> None:
    container = {"name": "c", "imagee": "x", "ports": [{"containerPort": "80"}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container, {"image": "y"}]}}
    spec = {"replicas": "2", "template": template}
    deployment = {"metadata": {"namespace": namespace, "labels": {"n": 1}}, "spec": spec}
    assert await engine.refusal("kubernetes:apps/v1:Deployment", "web", deployment) == [
        "metadata.labels.n: must be a string, but is an integer",
        "spec.replicas: must be an integer, but is a string",
        "spec.selector: missing: this field is required",
        "spec.template.spec.containers[0].ports[0].containerPort: must be an integer, but is a string",
        "spec.template.spec.containers[1].name: missing: this field is required",
    ]
    unknown = 'spec.template.spec.containers[0].imagee: unknown field; did you mean "image"?'
    assert ("warning", unknown) in engine.logs


async def test_parts_of_an_object_are_enough_for_a_patch(engine: Engine, namespace: str) -> None:
    spec = {"template": {"spec": {"containers": [{"image": "x"}]}}}
    patch = {"kind": "Deployment", "metadata": {"namespace": namespace, "name": "web"}, "spec": spec}
    assert not await engine.refusal("kubernetes:apps/v1:DeploymentPatch", "web", patch)


async def test_an_unknown_field_is_warned_about_once_and_refused_with_its_path_by_an_update(
    engine: Engine, namespace: str
) -> None:
    made = await engine.create(CONFIG_MAP, "c", program(namespace, dat={"k": "v"}))
    warnings = [text for severity, text in engine.logs if severity == "warning"]
    assert warnings == ["dat: unknown field; remove it"]
    assert "dat" not in made.outputs
    with pytest.raises(ResourceFailed, match=r"\.dat: field not declared in schema"):
        await engine.update(made, program(namespace, dat={"k": "changed"}))


async def test_every_kind_that_the_api_server_serves_can_be_compared(
    engine: Engine, control_plane: ControlPlane
) -> None:
    cluster = engine.provider.resource(CONFIG_MAP)._cluster  # type: ignore[attr-defined]
    groups = control_plane.request("GET", "/apis")["groups"]
    served = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    for version in served:
        document = await cluster.openapi.document(version)
        listed = control_plane.request("GET", f"/api{'s' if '/' in version else ''}/{version}")["resources"]
        for item in listed:
            if "/" not in item["name"]:
                kind = kind_of({"apiVersion": version, "kind": item["kind"]})
                assert document.of_kind(kind), kind


async def test_existing_object_is_not_overwritten(engine: Engine, control_plane: ControlPlane, namespace: str) -> None:
    body = {"metadata": {"name": "c"}, "data": {"theirs": "1"}}
    control_plane.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
    text = await failure_of(engine, CONFIG_MAP, program(namespace))
    assert "already exists" in text
    assert "pulumi import" in text
    upserting = await engine_with(control_plane.kubeconfig(), upsertExistingObjects="true")
    made = await upserting.create(CONFIG_MAP, "c", program(namespace))
    assert made.outputs["data"] == {"theirs": "1", "k": "v"}


async def test_missing_namespace(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.kubernetes.changing.creating._RETRY_AFTER_SECONDS", (0.05,))
    text = await failure_of(engine, CONFIG_MAP, program("nowhere"))
    assert 'namespaces "nowhere" not found' in text
    assert "Create the namespace first" in text


async def test_conflict_names_field_and_manager(engine: Engine, control_plane: ControlPlane, namespace: str) -> None:
    made = await engine.create(CONFIG_MAP, "c", program(namespace))
    path = f"/api/v1/namespaces/{namespace}/configmaps/c"
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "theirs"}}
    control_plane.request(
        "PATCH", f"{path}?fieldManager=other&force=true", applied, content_type="application/apply-patch+yaml"
    )
    with pytest.raises(ResourceFailed) as caught:
        await engine.update(made, program(namespace, data={"k": "ours"}))
    assert ".data.k" in str(caught.value)
    assert '"other"' in str(caught.value)
    assert "pulumi.com/patchForce" in str(caught.value)
    forcing = await engine_with(control_plane.kubeconfig(), enablePatchForce=True)
    updated = await forcing.update(made, program(namespace, data={"k": "ours"}))
    assert updated.outputs["data"] == {"k": "ours"}


async def test_forbidden_user_can_preview_but_not_create(control_plane: ControlPlane, namespace: str) -> None:
    nobody = make_client(control_plane.authority, "nobody")
    engine = await engine_with(control_plane.kubeconfig(nobody))
    made = await engine.create(CONFIG_MAP, "c", program(namespace), preview=True)
    assert made.outputs == made.inputs
    text = await failure_of(engine, CONFIG_MAP, program(namespace))
    assert 'User "nobody" cannot create' in text
    assert "Grant this to the user" in text


async def test_unreachable_api_server_still_previews(control_plane: ControlPlane) -> None:
    server = f"https://127.0.0.1:{free_port()}"
    engine = await engine_with(control_plane.kubeconfig(server=server))
    made = await engine.create(CONFIG_MAP, "c", program("x"), preview=True)
    assert made.outputs == made.inputs
    assert any(severity == "warning" and server in text for severity, text in engine.logs)
    text = await failure_of(engine, CONFIG_MAP, program("x"))
    assert server in text
    assert "Connection refused" in text or "connection attempts failed" in text
    made.id, made.outputs = "x/c", {**made.inputs, "__inputs": made.inputs}
    with pytest.raises(ResourceFailed, match="PULUMI_K8S_DELETE_UNREACHABLE"):
        await engine.refresh(made)
    dropping = await engine_with(control_plane.kubeconfig(server=server), deleteUnreachable=True)
    assert await dropping.refresh(made) is None
    await dropping.delete(made)


async def test_unreachable_cluster_can_be_left_as_it_is(control_plane: ControlPlane) -> None:
    server = f"https://127.0.0.1:{free_port()}"
    engine = await engine_with(control_plane.kubeconfig(server=server), skipUpdateUnreachable=True)
    old = await engine.check(CONFIG_MAP, "c", program("x"))
    assert await engine.check(CONFIG_MAP, "c", program("x", data={"k": "new"}), old) == old
    made = Made(CONFIG_MAP, "c", "x/c", old, {**old, "__inputs": old})
    assert await engine.refresh(made) == made
    assert any("skipUpdateUnreachable" in text for _, text in engine.logs)


async def test_expired_client_certificate(control_plane: ControlPlane, namespace: str) -> None:
    expired = make_client(control_plane.authority, "late", "system:masters", days=-1)
    engine = await engine_with(control_plane.kubeconfig(expired))
    text = await failure_of(engine, CONFIG_MAP, program(namespace))
    assert "expired" in text


async def test_certificate_of_another_cluster(control_plane: ControlPlane, namespace: str) -> None:
    engine = await engine_with(control_plane.kubeconfig(authority=make_authority("another")))
    text = await failure_of(engine, CONFIG_MAP, program(namespace))
    assert "does not verify" in text
    assert "of another cluster" in text
