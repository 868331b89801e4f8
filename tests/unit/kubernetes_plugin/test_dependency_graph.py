"""What comes before what in a set of manifests, and what becomes of each object."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.kubernetes.composing.children import child_of
from plugins.kubernetes.composing.dependency_graph import dependencies
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import Secret

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {"group": "example.com", "names": {"kind": "Widget"}},
}


def obj(kind: str, name: str, after: str = "", version: str = "v1", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    annotations = {"config.kubernetes.io/depends-on": after} if after else {}
    metadata = {"name": name, "namespace": "team", "annotations": annotations}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def test_namespaces_and_definitions_come_before_what_is_in_them() -> None:
    objects = [obj("Widget", "w", version="example.com/v1"), obj("ConfigMap", "c"), DEFINITION, NAMESPACE]
    assert dependencies(objects) == [[2, 3], [3], [], []]


def test_annotations_order_objects() -> None:
    after = "/namespaces/team/ConfigMap/a, apps/namespaces/team/Deployment/d,/Namespace/team"
    objects = [
        obj("ConfigMap", "b", after),
        obj("ConfigMap", "a"),
        obj("Deployment", "d", version="apps/v1"),
        NAMESPACE,
    ]
    assert dependencies(objects)[0] == [1, 2, 3]


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ("/namespaces/team/ConfigMap/nowhere", "not among these manifests"),
        ("ConfigMap/b", "expected 'group/kind/name'"),
    ],
)
def test_annotations_that_lead_nowhere_are_refused(after: str, says: str) -> None:
    with pytest.raises(ResourceFailed, match=says):
        dependencies([obj("ConfigMap", "a", after), obj("ConfigMap", "b")])


def test_objects_that_wait_for_each_other_are_refused() -> None:
    objects = [
        obj("ConfigMap", "a", "/namespaces/team/ConfigMap/b"),
        obj("ConfigMap", "b", "/namespaces/team/ConfigMap/a"),
    ]
    with pytest.raises(ResourceFailed, match="ConfigMap team/a -> ConfigMap team/b -> ConfigMap team/a"):
        dependencies(objects)


def test_children_are_named_by_prefix_namespace_and_name() -> None:
    child = child_of(obj("Deployment", "web", version="apps/v1"), prefix="app", skip_await=False, version="4")
    assert (child.type, child.name) == ("kubernetes:apps/v1:Deployment", "app:team/web")
    assert "kubernetes:extensions/v1beta1:Deployment" in child.alias_types
    assert child_of(NAMESPACE, prefix="", skip_await=False, version="4").name == "team"
    custom = child_of(obj("Widget", "w", version="example.com/v1"), prefix="app", skip_await=False, version="4")
    assert custom.type == "kubernetes:example.com/v1:Widget"


def test_children_can_be_kept_by_a_helm_policy_and_not_waited_for() -> None:
    kept = {**NAMESPACE, "metadata": {"name": "team", "annotations": {"helm.sh/resource-policy": "keep"}}}
    assert child_of(kept, prefix="", skip_await=False, version="4").retain_on_delete
    bare = {**NAMESPACE, "metadata": {"name": "team", "annotations": None}}
    child = child_of(bare, prefix="", skip_await=True, version="4")
    assert child.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_secrets_stay_secret() -> None:
    secret = obj("Secret", "s", stringData={"a": "b"}, type="Opaque")
    child = child_of(secret, prefix="", skip_await=False, version="4")
    assert child.inputs["stringData"] == Secret({"a": "b"})
    assert child.inputs["type"] == "Opaque"
    hidden = child_of(obj("ConfigMap", "c", data={"a": "b"}), prefix="", skip_await=False, version="4", secret=True)
    assert hidden.inputs["data"] == Secret({"a": "b"})
    assert hidden.inputs["kind"] == "ConfigMap"
