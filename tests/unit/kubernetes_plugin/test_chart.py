"""What helm is told; the chart itself is rendered by the real one in tests/plugins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.api.cluster import Cluster
from plugins.kubernetes.composing.chart import chart_text
from plugins.kubernetes.model.settings import Settings
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from pathlib import Path

# Writes its arguments, and the files that they name, to where the test looks.
HELM = """#!/bin/sh
printf '%s\\n' "$@" >> {log}
for word in "$@"; do case $word in --values=*) cat "${{word#--values=}}" >> {log}; echo >> {log};; esac; done
cat "$HELM_REPOSITORY_CONFIG" >> {log} 2> /dev/null
echo >> {log}
echo 'apiVersion: v1'
"""


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(Settings(kubeconfig="/nowhere"))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log"
    helm = tmp_path / "helm"
    helm.write_text(HELM.format(log=path), encoding="utf-8")
    helm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return path


async def told(cluster: Cluster, log: Path, **options: Any) -> list[str]:  # noqa: ANN401
    text, _ = await chart_text(cluster, json.dumps({"release_name": "r", **options}))
    assert text == "apiVersion: v1\n"
    return take(log)


def take(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8").split("\n")
    log.unlink()
    return lines


async def test_chart_of_a_folder_or_a_repository(cluster: Cluster, log: Path) -> None:
    words = await told(cluster, log, path="charts", chart="web", values={"a": {"b": 1}}, namespace="team")
    assert words[:4] == ["template", "r", "charts/web", "--namespace=team"]
    assert '{"a": {"b": 1}}' in words
    assert {"--include-crds", "--skip-tests"} <= set(words)
    words = await told(cluster, log, repo="stable", chart="web", version="1.2", kube_version="v1.30.0")
    assert words[2] == "stable/web"
    assert {"--version=1.2", "--kube-version=v1.30.0", "--namespace=default"} <= set(words)
    words = await told(cluster, log, chart="web", fetch_opts={"repo": "https://x"}, skip_crd_rendering=True)
    assert words[2] == "web"
    assert "--repo=https://x" in words
    assert "--include-crds" not in words


async def test_passwords_of_repositories_are_on_no_command_line(cluster: Cluster, log: Path) -> None:
    login = {"repo": "https://x", "username": "me", "password": "canary"}
    words = await told(cluster, log, chart="web", fetch_opts=login)
    assert words[:4] == ["repo", "update", "--fail-on-repo-update-fail", "chart-repository"]
    assert [word for word in words if "canary" in word] == [word for word in words if word.startswith("{")]
    assert "chart-repository/web" in words


@pytest.mark.parametrize(
    ("options", "says"),
    [("no json", "a JSON mapping"), ('{"repo": "https://x", "chart": "c"}', "fetch_opts.repo")],
)
async def test_options_that_make_no_sense_are_refused(cluster: Cluster, options: str, says: str) -> None:
    with pytest.raises(ResourceFailed, match=says):
        await chart_text(cluster, options)


async def test_missing_helm_names_the_command_that_brings_it(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ResourceFailed, match="slipway setup --with helm"):
        await chart_text(cluster, json.dumps({"chart": "c", "release_name": "r"}))
