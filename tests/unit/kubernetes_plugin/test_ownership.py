"""Who owns which fields."""

from typing import Any

from plugins.kubernetes.comparing.ownership import must_force, respect_ignored, takeover


def entry(manager: str, operation: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def live(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"metadata": {"managedFields": list(entries), "resourceVersion": "7"}, **fields}


CREATED = entry("pulumi-kubernetes", "Update", {"f:spec": {"f:a": {}}})
KUBECTL = entry("kubectl", "Apply", {"f:spec": {"f:b": {}}})
MINE = entry("pulumi-kubernetes-12345678", "Apply", {"f:spec": {"f:c": {}}})
CONTROLLER = entry("kube-controller-manager", "Update", {"f:status": {}}, subresource="status")


def test_the_first_update_takes_over_what_creation_and_kubectl_wrote() -> None:
    fields, version = takeover(live(CREATED, KUBECTL, MINE, CONTROLLER), "pulumi-kubernetes-12345678")
    merged, *others = fields["value"]
    assert merged["fieldsV1"] == {"f:spec": {"f:a": {}, "f:b": {}, "f:c": {}}}
    assert (merged["manager"], merged["operation"]) == ("pulumi-kubernetes-12345678", "Apply")
    assert others == [CONTROLLER]
    assert version["value"] == "7"


def test_later_updates_have_nothing_to_take_over() -> None:
    assert takeover(live(MINE, CONTROLLER), "pulumi-kubernetes-12345678") == []


def test_force_is_used_where_asked_for_and_where_a_dry_run_needs_it() -> None:
    plain: dict[str, Any] = {"metadata": {}}
    forced = {"metadata": {"annotations": {"pulumi.com/patchForce": "true"}}}
    assert not must_force(plain, live(MINE), enabled=False, preview=False)
    assert must_force(plain, live(MINE), enabled=True, preview=False)
    assert must_force(forced, live(MINE), enabled=False, preview=False)
    assert must_force(plain, live(CREATED), enabled=False, preview=True)
    assert not must_force(plain, live(CREATED), enabled=False, preview=False)


def test_ignored_fields_of_others_are_left_out_and_our_own_keep_their_live_value() -> None:
    others = live(entry("autoscaler", "Update", {"f:spec": {"f:replicas": {}}}), spec={"replicas": 5, "a": 1})
    inputs = {"spec": {"replicas": 2, "a": 2}}
    assert respect_ignored(inputs, others, "me", ["spec.replicas"]) == {"spec": {"a": 2}}
    shared = live(entry("me", "Apply", {"f:spec": {"f:replicas": {}}}), spec={"replicas": 5})
    assert respect_ignored(inputs, shared, "me", ["spec.replicas"]) == {"spec": {"replicas": 5, "a": 2}}
