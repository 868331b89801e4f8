"""The pure parts of releases: inputs, helm's command line, state, differences, and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.api.cluster import Cluster
from plugins.kubernetes.composing.external_tool import ToolFailed
from plugins.kubernetes.model.settings import Settings
from plugins.kubernetes.releasing.command_line import install_options, uninstall_options, upgrade_options
from plugins.kubernetes.releasing.differing import release_diff
from plugins.kubernetes.releasing.helm import LiveRelease, reason_of, source_of
from plugins.kubernetes.releasing.inputs import completed, merge, merged_values, name_failures, refusals
from plugins.kubernetes.releasing.journal import (
    begin_installation,
    begin_upgrade,
    begun_installation,
    begun_name,
    begun_upgrade,
    installation_recorded,
)
from plugins.kubernetes.releasing.release_state import marked_inputs, resource_names, state_of_release
from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.rpc.values import UNKNOWN, Asset, Secret

if TYPE_CHECKING:
    from pathlib import Path

LIVE = LiveRelease("app", "team", 3, "deployed", "web", "1.2.0", "7", {"a": 1}, "")


def inputs(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - inputs of any type
    news = {"chart": "web", **given}
    return completed(news, given.get("values", {}), name="app", default_namespace="team")


@pytest.mark.parametrize(
    ("news", "concerned"),
    [
        ({}, "chart"),
        ({"chart": ""}, "chart"),
        ({"chart": 1}, "chart"),
        ({"chart": "c", "atomic": "true"}, "atomic"),
        ({"chart": "c", "timeout": True}, "timeout"),
        ({"chart": "c", "timeout": -1}, "timeout"),
        ({"chart": "c", "maxHistory": 1.5}, "maxHistory"),
        ({"chart": "c", "values": ["a"]}, "values"),
        ({"chart": "c", "repositoryOpts": "https://x"}, "repositoryOpts"),
        ({"chart": "c", "valueYamlFiles": {}}, "valueYamlFiles"),
    ],
)
def test_inputs_of_the_wrong_type_are_refused_by_name(news: dict[str, Any], concerned: str) -> None:
    assert [failure.property for failure in refusals(news)] == [concerned]


def test_inputs_that_are_not_known_yet_are_not_judged() -> None:
    assert not refusals(dict.fromkeys(("chart", "values", "timeout", "atomic", "repositoryOpts"), UNKNOWN))
    assert inputs(repositoryOpts=UNKNOWN, version=UNKNOWN)["repositoryOpts"] is UNKNOWN


def test_every_input_is_stored_with_the_official_default() -> None:
    assert (inputs()["timeout"], inputs(skipAwait=True)["timeout"], inputs(timeout=0)["timeout"]) == (300, 0, 0)
    assert "maxHistory" not in inputs()
    assert inputs(maxHistory=0)["maxHistory"] == 0
    assert inputs(verify=True)["keyring"].endswith("/.gnupg/pubring.gpg")
    assert inputs(repositoryOpts={"repo": "https://x"})["repositoryOpts"] == {
        **dict.fromkeys(("caFile", "certFile", "keyFile", "password", "username"), ""),
        "repo": "https://x",
    }


@pytest.mark.parametrize("name", ["", "App", "a_b", "-a", "a-", "a" * 54])
def test_names_that_helm_would_refuse_are_refused_at_once(name: str) -> None:
    assert name_failures(name)
    assert not name_failures("a.b-1")
    assert not name_failures(UNKNOWN)


async def test_values_are_merged_by_key_and_nulls_are_kept() -> None:
    assert merge({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3], "d": None}}) == {"a": {"b": 1, "c": [3], "d": None}}
    files = [Asset(text="a: {b: 1}"), Asset(text="")]
    assert await merged_values({"valueYamlFiles": files, "values": {"a": {"c": 2}}}) == {"a": {"b": 1, "c": 2}}
    assert await merged_values({"valueYamlFiles": [UNKNOWN]}) is UNKNOWN


@pytest.mark.parametrize(("text", "says"), [("canary: [", "is no YAML at line 1"), ("- canary", "holds a list")])
async def test_files_that_are_no_values_are_told_without_their_content(text: str, says: str) -> None:
    with pytest.raises(ResourceFailed, match=says) as caught:
        await merged_values({"valueYamlFiles": [Asset(text=text)]})
    assert "canary" not in str(caught.value)


def test_what_helm_is_told_to_install() -> None:
    assert install_options(inputs(timeout=7)) == ["--timeout=7s", "--wait"]
    options = install_options(inputs(skipAwait=True, waitForJobs=True, disableWebhooks=True, atomic=True), 9.0)
    assert options == ["--no-hooks", "--atomic", "--timeout=9s"]
    told = install_options(inputs(description="why", postrender="./tool", waitForJobs=True, takeOwnership=True))
    assert {"--description=why", "--post-renderer=./tool", "--wait-for-jobs", "--take-ownership"} <= set(told)


def test_an_upgrade_has_the_values_of_the_program_unless_it_is_told_to_reuse() -> None:
    assert upgrade_options(inputs())[:2] == ["--reset-values", "--history-max=0"]
    assert upgrade_options(inputs(reuseValues=True, maxHistory=3))[:2] == ["--reuse-values", "--history-max=3"]
    assert upgrade_options(inputs(reuseValues=True, resetValues=True))[0] == "--reset-values"


def test_uninstalling_waits_unless_it_is_told_not_to() -> None:
    assert uninstall_options(inputs()) == ["--ignore-not-found", "--wait", "--timeout=300s"]
    assert uninstall_options(inputs(skipAwait=True)) == ["--ignore-not-found", "--timeout=300s"]


def test_a_repository_is_an_address_or_a_name() -> None:
    assert source_of(inputs(repositoryOpts={"repo": "https://x"})).repository.url == "https://x"
    assert source_of(inputs(repositoryOpts={"repo": "stable"})).chart == "stable/web"
    assert source_of(inputs(chart="oci://x/y", repositoryOpts={"repo": "stable"})).chart == "oci://x/y"


def test_a_login_in_the_address_of_a_repository_is_on_no_command_line() -> None:
    repository = source_of(inputs(repositoryOpts={"repo": "https://me:p%40ss@x:8443/charts"})).repository
    assert (repository.url, repository.username, repository.password) == ("https://x:8443/charts", "me", "p@ss")


def test_the_reason_is_helms_own() -> None:
    assert reason_of(ToolFailed("helm install", "Error: INSTALLATION FAILED: no luck\n")) == "no luck"


def test_the_state_is_the_inputs_overlaid_by_the_release() -> None:
    checked = marked_inputs(inputs(values={"a": 0, "b": 0}), {"values": {"a": Secret(0)}})
    outputs = state_of_release(checked, LIVE)
    assert (outputs["values"], outputs["version"]) == ({"a": Secret(1)}, "1.2.0")
    assert outputs["__inputs"] == Secret(checked)
    assert outputs["status"] == {
        "appVersion": "7",
        "chart": "web",
        "name": "app",
        "namespace": "team",
        "revision": 3,
        "status": "deployed",
        "version": "1.2.0",
    }


def test_passwords_and_values_of_secret_files_are_secret() -> None:
    login = {"repo": "https://x", "password": "canary"}
    assert marked_inputs(inputs(repositoryOpts=login), {"repositoryOpts": login})["repositoryOpts"][
        "password"
    ] == Secret("canary")
    files = {"valueYamlFiles": [Secret(Asset(text="a: 1"))]}
    assert marked_inputs(inputs(values={"a": 1}), files)["values"] == Secret({"a": 1})


def test_objects_are_named_by_group_kind_and_version() -> None:
    manifest = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web, namespace: team}
---
# nothing
---
kind: ConfigMap
apiVersion: v1
metadata: {name: b}
---
kind: ConfigMap
apiVersion: v1
metadata: {name: a}
"""
    assert resource_names(manifest) == {"ConfigMap/v1": ["a", "b"], "Deployment.apps/apps/v1": ["team/web"]}


def difference(old: dict[str, Any], news: dict[str, Any], live: dict[str, Any], **more: bool) -> dict[str, str]:
    found = release_diff(old, {**old, **live, "status": {}, "__inputs": Secret(old)}, news, **more)
    return {path: change.kind.name for path, change in found.detailed.items()}


def test_only_what_the_inputs_speak_of_is_compared() -> None:
    old = inputs(values={"a": 1, "b": {"c": 1}})
    assert difference(old, old, {"values": {"a": 1, "b": {"c": 1}, "other": 1}}) == {}
    assert difference(old, old, {"values": {"a": 2, "b": {}}}) == {"values.a": "UPDATE", "values.b.c": "ADD"}
    assert difference(old, inputs(values={"b": {"c": UNKNOWN}}), {}) == {"values.a": "DELETE", "values.b.c": "UPDATE"}
    assert difference(inputs(), inputs(values={"a": None}), {}) == {"values.a": "ADD"}
    assert difference(old, old, {}, unfinished=True) == {"status": "UPDATE"}


def test_another_name_or_namespace_is_another_release() -> None:
    old, new = inputs(), inputs(name="other")
    found = release_diff(old, old, new)
    assert (list(found.replaces), found.delete_before_replace) == (["name"], False)
    assert release_diff(old, old, inputs(description="new")).delete_before_replace
    assert not release_diff(old, old, inputs(description="new"), generated_name=True).delete_before_replace
    assert not release_diff(old, old, inputs(values={"a": {"b": 1}}), ignore_changes=["values.a"]).changes


def test_a_killed_run_is_remembered_until_its_release_is_in_the_state(tmp_path: Path) -> None:
    ctx = Context(urn="urn:pulumi:s::p::kubernetes:helm.sh/v3:Release::app")
    kubeconfig = '{"clusters": [{"name": "", "cluster": {"server": "https://a"}}]}'

    def plugin() -> Cluster:
        return Cluster(Settings(kubeconfig=kubeconfig), CreationJournal(tmp_path))

    label = begin_installation(plugin(), ctx, "team/app-1")
    assert begun_installation(plugin(), ctx, "team/app-1") == label
    assert begun_installation(plugin(), ctx, "team/app-2") == ""
    assert begun_name(plugin(), ctx) == "app-1"
    installation_recorded(plugin(), ctx, "team/app-1")
    assert begun_name(plugin(), ctx) == ""
    begin_upgrade(plugin(), ctx, "team/app-1")
    installation_recorded(plugin(), ctx, "team/app-1")
    assert begun_upgrade(plugin(), ctx, "team/app-1")
    assert not begun_upgrade(plugin(), ctx, "team/app-2")
