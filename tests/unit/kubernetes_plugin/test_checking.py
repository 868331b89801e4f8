"""Completion of inputs."""

from typing import Any

import pytest

from plugins.kubernetes.checking.inputs import check
from plugins.kubernetes.model.tokens import parse_token
from plugins.rpc.resource import CheckResult
from plugins.rpc.values import UNKNOWN, Secret


def checked(
    news: dict[str, Any],
    olds: dict[str, Any] | None = None,
    *,
    kind: str = "core/v1:ConfigMap",
    namespaced: bool = True,
    proposed_name: str | None = "",
) -> CheckResult:
    return check(
        parse_token(f"kubernetes:{kind}"),
        olds or {},
        news,
        resource_name="settings",
        seed=b"seed",
        default_namespace="default",
        namespaced=namespaced,
        proposed_name=proposed_name,
    )


def test_name_namespace_version_and_kind_are_filled_in() -> None:
    inputs = checked({}).inputs
    assert inputs["apiVersion"] == "v1"
    assert inputs["kind"] == "ConfigMap"
    assert inputs["metadata"]["namespace"] == "default"
    assert inputs["metadata"]["name"].startswith("settings-")
    assert len(inputs["metadata"]["name"]) == len("settings-") + 8
    assert inputs["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}


def test_the_same_seed_gives_the_same_name_so_that_a_preview_tells_the_truth() -> None:
    assert checked({}).inputs == checked({}).inputs


def test_a_generated_name_is_kept_for_ever() -> None:
    olds = checked({}).inputs
    olds["metadata"]["name"] = "settings-00000000"
    assert checked({"data": {"a": "b"}}, olds).inputs["metadata"]["name"] == "settings-00000000"


def test_a_chosen_name_is_left_alone_be_it_unknown() -> None:
    assert checked({"metadata": {"name": "x"}}).inputs["metadata"] == {"name": "x", "namespace": "default"}
    assert checked({"metadata": {"name": UNKNOWN}}).inputs["metadata"]["name"] is UNKNOWN
    assert checked({"metadata": UNKNOWN}).inputs["metadata"] is UNKNOWN


def test_objects_of_the_cluster_get_no_namespace() -> None:
    inputs = checked({"metadata": {"name": "x"}}, kind="core/v1:Namespace", namespaced=False).inputs
    assert inputs["metadata"] == {"name": "x"}


def test_secret_data_is_always_secret_and_string_data_becomes_data() -> None:
    inputs = checked({"stringData": {"a": Secret("b")}, "data": {"c": "ZA=="}}, kind="core/v1:Secret").inputs
    assert inputs["data"] == Secret({"a": "Yg==", "c": "ZA=="})
    assert "stringData" not in inputs
    later = checked({"stringData": {"a": UNKNOWN}}, kind="core/v1:Secret").inputs
    assert later["data"] == Secret({"a": UNKNOWN})


def test_secrets_elsewhere_stay_secret_and_a_list_with_one_is_secret_as_a_whole() -> None:
    inputs = checked({"data": {"a": Secret("b"), "c": "d"}, "other": [1, Secret(2)]}).inputs
    assert inputs["data"] == {"a": Secret("b"), "c": "d"}
    assert inputs["other"] == Secret([1, 2])


def test_null_and_read_only_fields_are_dropped() -> None:
    inputs = checked({"data": None, "metadata": {"name": "x", "uid": "1", "creationTimestamp": None}}).inputs
    assert "data" not in inputs
    assert inputs["metadata"] == {"name": "x", "namespace": "default"}


@pytest.mark.parametrize(
    ("token", "news", "text"),
    [
        ("core/v1:ConfigMapList", {}, "one resource of each of its items"),
        ("core/v1:NamespacePatch", {"kind": "Namespace"}, "set metadata.name"),
        ("core/v1:ConfigMap", {"metadata": {"generateName": "x-"}}, "generateName is not supported"),
        ("core/v1:ConfigMap", {"metadata": "x"}, "must be a mapping"),
        ("core/v1:Pod", {"metadata": {"annotations": {"pulumi.com/waitFor": "luck"}}}, "'luck' is neither"),
    ],
)
def test_what_cannot_work_is_refused(token: str, news: dict[str, Any], text: str) -> None:
    (failure,) = checked(news, kind=token).failures
    assert text in failure.reason


def test_names_follow_the_autonaming_configuration_of_the_stack() -> None:
    proposed = checked({}, proposed_name="team-web").inputs["metadata"]
    assert (proposed["name"], proposed["annotations"]) == ("team-web", {"pulumi.com/autonamed": "true"})
    (failure,) = checked({}, proposed_name=None).failures
    assert failure.property == "metadata.name"
    assert not checked({"metadata": {"name": "own"}}, proposed_name=None).failures
    assert checked({}, olds={"metadata": proposed}, proposed_name=None).inputs["metadata"]["name"] == "team-web"
