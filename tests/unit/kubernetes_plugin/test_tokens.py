"""Type tokens of the SDK and the kinds they stand for."""

import importlib.resources
import json
import re

import pytest

from plugins.kubernetes.composing.components import COMPONENTS
from plugins.kubernetes.composing.kind_aliases import alias_types
from plugins.kubernetes.model.tokens import is_patch, kind_of, parse_token, token_of
from plugins.kubernetes.releasing.release import RELEASE


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


SDK = importlib.resources.files("pulumi_kubernetes")


def sdk_classes() -> dict[str, str]:
    """Return the token of every resource class of the installed SDK, and the class's source."""
    listed = re.search(r'resource_modules="""(.*?)"""', SDK.joinpath("__init__.py").read_text("utf-8"), re.DOTALL)
    assert listed
    found = {}
    for module in json.loads(listed[1]):
        folder = SDK.joinpath(*module["fqn"].split(".")[1:])
        for token, name in module["classes"].items():
            found[token] = folder.joinpath(f"{name}.py").read_text("utf-8")
    return found


def test_every_type_of_the_sdk_is_parsed_into_what_its_class_sends() -> None:
    classes = sdk_classes()
    assert len(classes) > 500
    refused = set()
    for token, source in classes.items():
        try:
            kind = parse_token(token)
        except KeyError:
            refused.add(token)
            continue
        sent = dict(re.findall(r'__dict__\["(api_version|kind)"\] = [\'"]([^\'"]+)', source))
        assert kind.api_version == sent["api_version"], token
        assert kind.built_in, token
        assert kind.kind in (sent["kind"], f"{sent['kind']}Patch"), token
        assert is_patch(kind, {"kind": sent["kind"]}) is (kind.kind != sent["kind"]), token
        if not kind.kind.endswith(("List", "Patch")):
            assert token_of(kind) == token.replace("meta/", "core/")
            aliases = re.search(r"alias_opts = pulumi.ResourceOptions\(aliases=(.*)\)", source)
            listed = set(re.findall(r'type_="([^"]+)"', aliases[1])) if aliases else set()
            assert set(alias_types(kind)) == listed, token
    # Charts and manifests are components, and helm keeps releases: all other types are objects of a cluster.
    assert refused == {*COMPONENTS, RELEASE}
