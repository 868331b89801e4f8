"""Which differences of a Kubernetes object count, and how they are told."""

from __future__ import annotations

import copy
from typing import Any

from operations.drift.finding import SECRET
from operations.drift.kubernetes.controllers import Controllers
from operations.drift.kubernetes.foreign import foreign_objects
from operations.drift.kubernetes.object_diff import ABSENT, Difference, differences
from operations.drift.kubernetes.paths import shown
from operations.drift.kubernetes.restore import node_patch, pointer, removal_patch
from operations.drift.values import masked, value_text

CONTROLLERS = Controllers(frozenset({"cilium-agent"}))
INPUTS: dict[str, Any] = {
    "metadata": {"name": "api", "labels": {"app": "api"}},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "api", "image": "api:1"}]}}},
}
OWN = {
    "manager": "pulumi-kubernetes-1",
    "operation": "Apply",
    "time": "2026-01-01T00:00:00Z",
    "fieldsV1": {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {'k:{"name":"api"}': {".": {}, "f:name": {}, "f:image": {}}}}},
        },
    },
}


def recorded() -> dict[str, Any]:
    live = copy.deepcopy(INPUTS)
    live["apiVersion"], live["kind"] = "apps/v1", "Deployment"
    live["metadata"]["managedFields"] = [copy.deepcopy(OWN)]
    live["metadata"]["resourceVersion"] = "1"
    live["spec"]["revisionHistoryLimit"] = 10
    return live


def changed(fields: dict[str, Any], manager: str = "kubectl-edit", subresource: str = "") -> dict[str, Any]:
    """Return the live object with one more owner; the change itself is made by the test."""
    live = recorded()
    live["metadata"]["resourceVersion"] = "2"
    live["metadata"]["managedFields"].append(
        {
            "manager": manager,
            "operation": "Update",
            "subresource": subresource,
            "time": "2026-01-02T00:00:00Z",
            "fieldsV1": fields,
        }
    )
    return live


def told(live: dict[str, Any]) -> dict[str, Difference]:
    return {shown(one.path): one for one in differences(recorded(), live, INPUTS, CONTROLLERS)}


def test_nothing_differs_but_what_changes_with_every_write() -> None:
    live = recorded()
    live["metadata"].update(resourceVersion="9", generation=4)
    live["status"] = {"replicas": 2}
    assert told(live) == {}


def test_a_scaled_deployment_is_told_with_its_owner() -> None:
    live = changed({"f:spec": {"f:replicas": {}}}, manager="kubectl", subresource="scale")
    live["spec"]["replicas"] = 3
    [one] = told(live).values()
    assert (shown(one.path), one.was, one.now) == ("spec.replicas", 2, 3)
    assert "kubectl" in {owner.manager for owner in one.owners}


def test_an_autoscaler_at_its_work_is_no_drift() -> None:
    live = changed({"f:spec": {"f:replicas": {}}}, manager="kube-controller-manager", subresource="scale")
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]
    live["spec"]["replicas"] = 5
    assert told(live) == {}


def test_a_recorded_value_that_nobody_owns_any_more_still_counts() -> None:
    live = recorded()
    live["metadata"]["managedFields"] = []
    live["spec"]["replicas"] = 5
    assert list(told(live)) == ["spec.replicas"]


def test_a_new_default_of_the_api_server_is_no_drift() -> None:
    live = recorded()
    live["spec"]["revisionHistoryLimit"] = 11
    live["spec"]["newDefault"] = True
    assert told(live) == {}


def test_a_container_beside_the_first_is_one_difference() -> None:
    fields = {"f:template": {"f:spec": {"f:containers": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:image": {}}}}}}
    live = changed({"f:spec": fields})
    live["spec"]["template"]["spec"]["containers"].insert(0, {"name": "x", "image": "x:1", "imagePullPolicy": "Always"})
    [one] = told(live).values()
    assert shown(one.path) == "spec.template.spec.containers[x]"
    assert one.was is ABSENT


def test_the_first_annotation_is_told_by_its_name() -> None:
    live = changed({"f:metadata": {"f:annotations": {".": {}, "f:a.b/c": {}}}})
    live["metadata"]["annotations"] = {"a.b/c": "1"}
    assert list(told(live)) == ["metadata.annotations[a.b/c]"]


def test_a_removed_label_is_missing() -> None:
    live = recorded()
    del live["metadata"]["labels"]
    [one] = told(live).values()
    assert (shown(one.path), one.was, one.now) == ("metadata.labels.app", "api", ABSENT)


def test_removal_patch_takes_the_last_entry_of_a_list_first() -> None:
    live = recorded()
    live["spec"]["args"] = ["a", "b", "c"]
    patch = removal_patch(live, [("spec", "args", 0), ("spec", "args", 2), ("spec", "gone")])
    assert [step["path"] for step in patch] == ["/metadata/resourceVersion", "/spec/args/2", "/spec/args/0"]


def test_a_changed_default_is_set_again() -> None:
    patch = removal_patch(recorded(), [], [(("spec", "revisionHistoryLimit"), 10)])
    assert patch[1:] == [{"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 10}]


def test_pointer_finds_a_list_entry_by_its_name() -> None:
    path = ("spec", "template", "spec", "containers", (("name", "api"),), "image")
    assert pointer(recorded(), path) == "/spec/template/spec/containers/0/image"
    assert (
        pointer({"metadata": {"labels": {"a/b~c": "1"}}}, ("metadata", "labels", "a/b~c")) == "/metadata/labels/a~1b~0c"
    )


def test_node_patch_brings_labels_taints_and_scheduling_back() -> None:
    from operations.drift.finding import Change  # noqa: PLC0415

    node = {
        "metadata": {"name": "n", "resourceVersion": "7"},
        "spec": {"unschedulable": True, "taints": [{"key": "x", "effect": "NoSchedule"}]},
    }
    found = [
        ("label pool", Change.CHANGED, "general"),
        ("label gpu", Change.UNRECORDED, ""),
        ("taint x:NoSchedule", Change.UNRECORDED, ""),
        ("taint d:NoSchedule", Change.MISSING, "d=db:NoSchedule"),
        ("unschedulable", Change.CHANGED, "false"),
    ]
    assert node_patch(node, found) == {
        "metadata": {"resourceVersion": "7", "labels": {"pool": "general", "gpu": None}},
        "spec": {"taints": [{"key": "d", "value": "db", "effect": "NoSchedule"}], "unschedulable": None},
    }


def test_secrets_are_hidden_wherever_they_stand() -> None:
    assert masked("Secret", ("data", "password"), "Y2FuYXJ5") == SECRET
    assert "Y2FuYXJ5" not in value_text(masked("Secret", (), {"data": {"key": "Y2FuYXJ5"}}))
    assert "canary" not in value_text(masked("Pod", ("spec",), {"env": [{"name": "DB_PASSWORD", "value": "canary"}]}))
    path = ("spec", "env", (("name", "API_TOKEN"),), "value")
    assert masked("Pod", path, "canary") == SECRET
    last = {"kubectl.kubernetes.io/last-applied-configuration": "canary", "team": "red"}
    assert masked("Secret", ("metadata", "annotations"), last) == {**dict.fromkeys(last, SECRET), "team": "red"}


def foreign(*objects: dict[str, Any]) -> list[str]:
    held = {
        ("", item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in objects
    }
    found = foreign_objects(held, set(), {"catalogue"}, CONTROLLERS)
    return [" ".join([one.key[1], one.key[3], *(shown(change.path) for change in one.differences)]) for one in found]


def made(kind: str, name: str, manager: str, namespace: str = "catalogue", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    fields = [{"manager": manager, "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {}}}]
    metadata = {"name": name, "namespace": namespace, "managedFields": fields if manager else []}
    return {"kind": kind, "metadata": {**metadata, "creationTimestamp": "2026-01-01T00:00:00Z", **more}}


def test_objects_of_people_are_foreign_and_those_of_controllers_are_not() -> None:
    assert foreign(
        made("ConfigMap", "left", "kubectl-create"),
        made("ConfigMap", "kube-root-ca.crt", "kube-controller-manager"),
        made("ConfigMap", "elsewhere", "kubectl-create", namespace="unmanaged"),
        made("ServiceAccount", "made-by-hand", ""),
        made("CiliumEndpoint", "api", "cilium-agent"),
    ) == ["ConfigMap left", "ServiceAccount made-by-hand"]


def test_what_belongs_to_another_object_is_not_foreign() -> None:
    owner = made("ReplicaSet", "api-1", "kube-controller-manager", uid="1")
    assert foreign(owner, made("Pod", "api-1-x", "kubectl-run", ownerReferences=[{"uid": "1"}])) == []


def test_kubeadms_name_covers_only_what_kubeadm_makes() -> None:
    assert foreign(made("ConfigMap", "kubeadm-config", "kubeadm"), made("ConfigMap", "mine", "kubeadm")) == [
        "ConfigMap mine"
    ]
