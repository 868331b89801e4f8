"""Type tokens of the SDK and the kinds they stand for."""

import pytest

from plugins.kubernetes.tokens import is_patch, kind_of, parse_token


@pytest.mark.parametrize(
    ("token", "api_version", "kind"),
    [
        ("kubernetes:core/v1:ConfigMap", "v1", "ConfigMap"),
        ("kubernetes:apps/v1:Deployment", "apps/v1", "Deployment"),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", "rbac.authorization.k8s.io/v1", "Role"),
        ("kubernetes:apiregistration/v1:APIService", "apiregistration.k8s.io/v1", "APIService"),
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "gateway.networking.k8s.io/v1", "HTTPRoute"),
    ],
)
def test_token_names_version_and_kind(token: str, api_version: str, kind: str) -> None:
    found = parse_token(token)
    assert (found.api_version, found.kind) == (api_version, kind)
    assert kind_of({"apiVersion": api_version, "kind": kind}) == found


@pytest.mark.parametrize(
    "token",
    ["kubernetes:helm.sh/v3:Release", "kubernetes:yaml:ConfigFile", "kubernetes:yaml/v2:ConfigGroup", "docker:x:Y", ""],
)
def test_what_is_no_object_of_a_cluster_is_refused(token: str) -> None:
    with pytest.raises(KeyError):
        parse_token(token)


def test_patch_kinds_are_told_from_kinds_that_are_called_so() -> None:
    assert is_patch(parse_token("kubernetes:core/v1:NamespacePatch"), {"kind": "Namespace"})
    assert not is_patch(parse_token("kubernetes:example.com/v1:OpsPatch"), {"kind": "OpsPatch"})


def test_list_kinds_are_recognised_in_built_in_groups_only() -> None:
    assert parse_token("kubernetes:core/v1:ConfigMapList").lists_others
    assert not parse_token("kubernetes:example.com/v1:AllowList").lists_others
