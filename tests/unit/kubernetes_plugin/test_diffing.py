"""Comparison of the live object with new inputs."""

from typing import Any

import pytest

from plugins.kubernetes.comparing.diffing import diff
from plugins.kubernetes.model.settings import Settings
from plugins.rpc.resource import ChangeKind, DiffResult
from plugins.rpc.values import UNKNOWN


def compare(
    inputs: dict[str, Any],
    news: dict[str, Any],
    live: dict[str, Any] | None = None,
    **more: Any,  # noqa: ANN401
) -> DiffResult:
    options: dict[str, Any] = {"namespaced": True, "patch": False, "ignore_changes": [], "settings": Settings(), **more}
    return diff(live or inputs, inputs, news, **options)


def obj(kind: str = "Deployment", version: str = "apps/v1", name: str = "web", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "team"}, **fields}


def spec(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return obj(spec=fields)


def kinds(result: DiffResult) -> dict[str, ChangeKind]:
    return {path: change.kind for path, change in result.detailed.items()}


def test_defaults_and_status_are_no_difference() -> None:
    inputs = spec(replicas=1)
    live = {**spec(replicas=1, paused=False, strategy={"type": "RollingUpdate"}), "status": {"replicas": 1}}
    assert not compare(inputs, inputs, live).changes


@pytest.mark.parametrize(
    "fields",
    [
        {"hostNetwork": False},
        {"env": [{"name": "A", "value": ""}]},
        {"args": []},
        {"priority": 0},
        {"nested": {"deep": {"flag": False}}},
    ],
)
def test_empty_values_that_the_api_server_does_not_store_are_no_difference(fields: dict[str, Any]) -> None:
    live = spec(env=[{"name": "A"}]) if "env" in fields else spec()
    assert not compare(spec(**fields), spec(**fields), live).changes


@pytest.mark.parametrize(
    ("written", "stored", "same"),
    [("1000m", "1", True), ("1024Mi", "1Gi", True), (1, "1", True), ("0.5", "500m", True), ("1", "2", False)],
)
def test_quantities_are_compared_by_amount(written: Any, stored: str, *, same: bool) -> None:  # noqa: ANN401
    def with_limit(value: Any) -> dict[str, Any]:  # noqa: ANN401
        return spec(containers=[{"name": "c", "resources": {"limits": {"cpu": value}}}])

    assert compare(with_limit(written), with_limit(written), with_limit(stored)).changes is not same


def test_quantities_are_text_where_they_are_free_text() -> None:
    before, after = (obj("ConfigMap", "v1", data={"limits": value}) for value in ("1", "1000m"))
    assert kinds(compare(before, after)) == {"data.limits": ChangeKind.UPDATE_REPLACE}


def test_additions_changes_and_removals_are_named_by_path() -> None:
    result = compare(spec(a=1, b=2, c={"x.y": 1}), spec(b=3, c={"x.y": 2}, d=4))
    assert kinds(result) == {
        "spec.a": ChangeKind.DELETE,
        "spec.b": ChangeKind.UPDATE,
        'spec.c["x.y"]': ChangeKind.UPDATE,
        "spec.d": ChangeKind.ADD,
    }
    assert not result.replaces


def test_a_foreign_change_of_what_is_ours_is_a_difference() -> None:
    assert kinds(compare(spec(replicas=2), spec(replicas=2), spec(replicas=5))) == {"spec.replicas": ChangeKind.UPDATE}


def test_null_equals_absent() -> None:
    assert not compare(spec(a=1), spec(a=1, b=None)).changes


def test_unknown_values_count_as_changes() -> None:
    assert kinds(compare(spec(a=1), spec(a=UNKNOWN))) == {"spec.a": ChangeKind.UPDATE}


def test_name_and_namespace_replace() -> None:
    assert compare(obj(), obj(name="other")).replaces == ["metadata.name"]
    moved = {**obj(), "metadata": {"name": "web", "namespace": "other"}}
    result = compare(obj(), moved)
    assert result.replaces == ["metadata.namespace"]
    assert not result.delete_before_replace


def test_leaving_the_default_namespace_out_equals_naming_it() -> None:
    before = {**obj(), "metadata": {"name": "web", "namespace": "default"}}
    after = {**obj(), "metadata": {"name": "web"}}
    assert not compare(before, after).changes


def test_a_selector_replaces_a_deployment_and_deletes_it_first_as_its_name_was_chosen() -> None:
    result = compare(spec(selector={"matchLabels": {"a": "b"}}), spec(selector={"matchLabels": {"a": "c"}}))
    assert result.replaces == ["spec.selector.matchLabels.a"]
    assert result.delete_before_replace


def test_an_autonamed_object_is_replaced_without_deleting_it_first() -> None:
    annotations = {"pulumi.com/autonamed": "true"}
    before, after = (
        {**obj("ConfigMap", "v1", data={"k": value}), "metadata": {"name": "c-1", "annotations": annotations}}
        for value in "ab"
    )
    result = compare(before, after)
    assert result.replaces == ["data.k"]
    assert not result.delete_before_replace


def test_mutable_config_maps_and_secrets_are_updated_unless_they_are_immutable() -> None:
    settings = Settings(enable_config_map_mutable=True, enable_secret_mutable=True)
    for kind in ("ConfigMap", "Secret"):
        before, after = (obj(kind, "v1", data={"k": value}) for value in ("YQ==", "Yg=="))
        assert not compare(before, after, settings=settings).replaces
        assert compare(before, {**after, "immutable": True}, settings=settings).replaces


def test_a_subtree_that_comes_new_replaces_if_it_holds_a_field_that_does() -> None:
    pod = obj("Pod", "v1", spec={"containers": [{"name": "c"}]})
    longer = obj("Pod", "v1", spec={"containers": [{"name": "c"}, {"name": "d", "image": "x"}]})
    assert compare(pod, longer).replaces == ["spec.containers[1]"]
    assert compare(obj("Pod", "v1"), pod).replaces == []


def test_patch_resources_change_in_place() -> None:
    before, after = (spec(selector={"matchLabels": {"a": value}}) for value in "bc")
    assert not compare(before, after, patch=True).replaces


def test_ignored_changes_do_not_count() -> None:
    before, after = spec(replicas=1, a=1, list=[{"x": 1}]), spec(replicas=2, a=2, list=[{"x": 2}])
    result = compare(before, after, ignore_changes=["spec.replicas", "spec.list[*].x"])
    assert list(result.detailed) == ["spec.a"]
