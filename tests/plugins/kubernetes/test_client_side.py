"""Providers with enableServerSideApply set to false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.provider import KubernetesProvider
from tests.plugins.kubernetes.engine import Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.plugins.kubernetes.control_plane import ControlPlane

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.fixture
async def client_side(control_plane: ControlPlane) -> AsyncIterator[Engine]:
    provider = KubernetesProvider()
    await provider.configure({"kubeconfig": control_plane.kubeconfig(), "enableServerSideApply": "false"})
    yield Engine(provider)
    await provider.close()


def deployment(namespace: str, *env: str, **labels: str) -> dict[str, Any]:
    variables = [{"name": name, "value": "1"} for name in env]
    spec = {"containers": [{"name": "c", "image": "x:1", "env": variables}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": spec}
    return {
        "metadata": {
            "namespace": namespace,
            "name": "web",
            "labels": labels,
            "annotations": {"pulumi.com/skipAwait": "true"},
        },
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    }


async def test_update_keeps_what_others_wrote_and_removes_what_was_dropped(
    client_side: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    made = await client_side.create(DEPLOYMENT, "web", deployment(namespace, "A", "B", one="1", two="2"))
    assert made.outputs["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "pulumi"
    assert made.outputs["__fieldManager"] == "pulumi-kubernetes"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    theirs = {"spec": {"containers": [{"name": "c", "env": [{"name": "THEIRS", "value": "2"}]}]}}
    patch = {"metadata": {"labels": {"theirs": "yes"}}, "spec": {"template": theirs}}
    control_plane.request("PATCH", path, patch, content_type="application/strategic-merge-patch+json")
    changed = deployment(namespace, "A", "C", one="1")
    updated = await client_side.update(made, changed)
    (container,) = updated.outputs["spec"]["template"]["spec"]["containers"]
    assert [item["name"] for item in container["env"]] == ["A", "C", "THEIRS"]
    assert updated.outputs["metadata"]["labels"] == {
        "one": "1",
        "theirs": "yes",
        "app.kubernetes.io/managed-by": "pulumi",
    }
    assert not (await client_side.diff(updated, changed)).changes
    again = await client_side.update(updated, changed)
    assert again.outputs["metadata"]["generation"] == updated.outputs["metadata"]["generation"]


async def test_preview_asks_for_nothing_and_patches_are_refused(client_side: Engine, namespace: str) -> None:
    made = await client_side.create(DEPLOYMENT, "web", deployment(namespace), preview=True)
    assert made.outputs == made.inputs
    patch = {"kind": "Deployment", "metadata": {"namespace": namespace, "name": "web"}}
    (reason,) = await client_side.refusal("kubernetes:apps/v1:DeploymentPatch", "web", patch)
    assert "enableServerSideApply" in reason
