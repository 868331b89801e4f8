"""Provider configuration: settings, kubeconfig, and what a change of them means."""

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.kubernetes.api.kubeconfig import KubeconfigError, load_connection
from plugins.kubernetes.api.rate_limit import RateLimit
from plugins.kubernetes.model.settings import Settings, parse_settings
from plugins.kubernetes.provider import KubernetesProvider
from plugins.kubernetes.strict_mode import strict_failures
from plugins.rpc.values import UNKNOWN


def kubeconfig(server: str = "https://a:6443", **user: str) -> str:
    return json.dumps(
        {
            "current-context": "one",
            "contexts": [
                {"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "team"}},
                {"name": "two", "context": {"cluster": "d", "user": "u"}},
            ],
            "clusters": [
                {"name": "c", "cluster": {"server": server}},
                {"name": "d", "cluster": {"server": "https://d"}},
            ],
            "users": [{"name": "u", "user": user}],
        }
    )


def test_kubeconfig_is_taken_as_content_or_as_path(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(kubeconfig(), encoding="utf-8")
    for given in (kubeconfig(), str(path)):
        connection = load_connection(Settings(kubeconfig=given))
        assert (connection.server, connection.namespace) == ("https://a:6443", "team")


def test_context_cluster_and_namespace_can_be_chosen() -> None:
    assert load_connection(Settings(kubeconfig=kubeconfig(), context="two")).server == "https://d"
    assert load_connection(Settings(kubeconfig=kubeconfig(), cluster="d")).server == "https://d"
    assert load_connection(Settings(kubeconfig=kubeconfig(), namespace="mine")).namespace == "mine"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("/nowhere/config", "does not exist"),
        ("{", "not valid YAML"),
        ("a: b\nc", "not valid YAML"),
        ('{"current-context": "x"}', "has no context named 'x'. It has: none"),
    ],
)
def test_unusable_kubeconfigs_say_what_is_wrong(given: str, text: str) -> None:
    with pytest.raises(KubeconfigError, match=text):
        load_connection(Settings(kubeconfig=given))


def test_errors_and_representations_hold_no_credentials() -> None:
    with pytest.raises(KubeconfigError) as caught:
        load_connection(Settings(kubeconfig="users:\n- token: canary\n  bad: ["))
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(load_connection(Settings(kubeconfig=kubeconfig(token="canary"))))


def test_flags_come_as_json_text_or_from_the_environment() -> None:
    settings = parse_settings(
        {"enablePatchForce": "true", "deleteUnreachable": "false", "kubeClientSettings": '{"timeout": 5}'},
        {"PULUMI_K8S_DELETE_UNREACHABLE": "true", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE": "true"},
    )
    assert settings.enable_patch_force
    assert not settings.delete_unreachable
    assert settings.enable_config_map_mutable
    assert settings.request_timeout_seconds == 5


def test_where_helm_keeps_and_finds_things_can_be_chosen() -> None:
    given = parse_settings({"helmReleaseSettings": '{"driver": "configmap"}'}, {"PULUMI_K8S_HELM_PLUGINS_PATH": "/p"})
    told = {variable: value for variable, value in given.helm.environment.items() if value}
    assert told == {"HELM_DRIVER": "configmap", "HELM_PLUGINS": "/p"}


def test_a_cluster_that_the_user_chose_for_helm_is_not_the_plugins() -> None:
    environment = parse_settings({}, {}).helm.environment
    assert environment["HELM_KUBECONTEXT"] == environment["HELM_KUBEAPISERVER"] == ""
    assert "HELM_DRIVER" not in environment


async def test_a_driver_that_forgets_releases_is_refused() -> None:
    settings = {"helmReleaseSettings": '{"driver": "memory"}'}
    (failure,) = (await KubernetesProvider().check_config(None, settings)).failures
    assert "'memory' is none of secret" in failure.reason


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(token="renewed")}, []),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig("https://b")}, ["kubeconfig"]),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN}, ["kubeconfig"]),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "context": "two"}, ["context"]),
        ({"clusterIdentifier": "x", "kubeconfig": "a"}, {"clusterIdentifier": "x", "kubeconfig": UNKNOWN}, []),
        ({"clusterIdentifier": "x"}, {"clusterIdentifier": "y"}, ["clusterIdentifier"]),
        ({"namespace": "a"}, {"namespace": "b"}, []),
    ],
)
async def test_only_another_cluster_replaces_everything(
    old: dict[str, Any], new: dict[str, Any], replaces: list[str]
) -> None:
    result = await KubernetesProvider().diff_config(old, new)
    assert result.changes
    assert list(result.replaces) == replaces


async def test_unknown_configuration_leaves_the_provider_unconfigured() -> None:
    provider = KubernetesProvider()
    await provider.configure({"kubeconfig": UNKNOWN})
    assert not provider.configured


async def test_a_broken_kubeconfig_is_refused_by_check() -> None:
    result = await KubernetesProvider().check_config({}, {"kubeconfig": "/nowhere/config"})
    assert "does not exist" in result.failures[0].reason


async def test_strict_mode_wants_a_provider_of_the_program_with_kubeconfig_and_context() -> None:
    strict = {"strictMode": "true"}
    result = await KubernetesProvider().check_named_config("default_4_34_2", None, strict)
    assert [failure.property for failure in result.failures] == ["", "kubeconfig", "context"]
    full = {**strict, "kubeconfig": kubeconfig(), "context": "one"}
    assert not (await KubernetesProvider().check_named_config("mine", None, full)).failures
    assert not (await KubernetesProvider().check_named_config("default", None, {})).failures


def test_strict_mode_is_found_in_the_stack_configuration() -> None:
    assert strict_failures("mine", {}, {"PULUMI_CONFIG": '{"strictMode": "true"}'})
    assert not strict_failures("mine", {}, {"PULUMI_CONFIG": "{}"})
    assert not strict_failures("mine", {"strictMode": False}, {"PULUMI_CONFIG": '{"strictMode": "true"}'})


def test_several_kubeconfig_files_are_merged_and_the_first_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "token").write_text("t", encoding="utf-8")
    own = {
        "contexts": [{"name": "mine", "context": {"cluster": "c", "user": "me"}}],
        "users": [{"name": "me", "user": {"tokenFile": "token"}}, {"name": "u", "user": {"token": "first"}}],
    }
    (tmp_path / "a" / "config").write_text(json.dumps(own), encoding="utf-8")
    (tmp_path / "b").write_text(kubeconfig("https://b", token="second"), encoding="utf-8")
    listed = f"{tmp_path}/a/config:{tmp_path}/missing:{tmp_path}/b"
    monkeypatch.setenv("KUBECONFIG", listed)
    for given in (None, listed):
        connection = load_connection(Settings(kubeconfig=given))
        assert (connection.server, connection.token) == ("https://b", "first")
        mine = load_connection(Settings(kubeconfig=given, context="mine"))
        assert (mine.server, mine.token_file) == ("https://b", f"{tmp_path}/a/token")


def test_client_settings_come_from_the_provider_or_the_environment() -> None:
    given = parse_settings({"kubeClientSettings": '{"qps": 5, "burst": 2, "timeout": 9}'}, {})
    assert (given.qps, given.burst, given.request_timeout_seconds) == (5, 2, 9)
    ambient = parse_settings({}, {"PULUMI_K8S_CLIENT_QPS": "7", "PULUMI_K8S_CLIENT_BURST": "3"})
    assert (ambient.qps, ambient.burst) == (7, 3)
    assert parse_settings({}, {}).qps is None


def test_requests_beyond_the_burst_wait_for_their_turn() -> None:
    now = 0.0
    limit = RateLimit(2, 2, lambda: now)
    assert [limit.reserve() for _ in range(4)] == [0, 0, 0.5, 1.0]
    now = 10.0
    assert [limit.reserve() for _ in range(3)] == [0, 0, 0.5]


async def test_rendering_excludes_clusters() -> None:
    rendering = {"renderYamlToDirectory": "out", "context": "one"}
    assert [item.property for item in (await KubernetesProvider().check_config(None, rendering)).failures] == [
        "context"
    ]
    always = await KubernetesProvider().check_config(None, {"alwaysRender": "true"})
    assert [item.property for item in always.failures] == ["alwaysRender"]
