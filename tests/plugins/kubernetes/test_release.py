"""Helm releases of a program of the SDK, with the real engine: kills, changed charts, what somebody else does."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust.killing import Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.plugins.kubernetes.control_plane import ControlPlane

CHART = Path(__file__).parents[1] / "cases" / "charts" / "settings"
CANARY = "canary-of-a-command-line"
PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s

provider = k8s.Provider("cluster", namespace="{namespace}")
release = k8s.helm.v3.Release(
    "app",
    k8s.helm.v3.ReleaseArgs(chart="./settings", values={values!r}, {more}),
    opts=pulumi.ResourceOptions(provider=provider, {options}),
)
pulumi.export("status", release.status)
pulumi.export("names", release.resource_names)
"""
UNREADY = {"deployment": True, "password": CANARY}


@pytest.fixture
def stack(control_plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    for kind in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"HELM_{kind}_HOME", str(tmp_path / f"helm-{kind.lower()}"))
    shutil.copytree(CHART, tmp_path / "settings")
    made = Stack(tmp_path, control_plane.kubeconfig(), "releases", "r")
    yield made
    made.run("destroy", "--yes", "--skip-preview")


def write(stack: Stack, namespace: str, values: dict[str, Any], *, more: str = "", options: str = "") -> None:
    stack.write(PROGRAM.format(namespace=namespace, values=values, more=more, options=options))


def helm(stack: Stack, *arguments: str) -> str:
    return subprocess.run(
        ["helm", *arguments], env=stack.environment, cwd=stack.folder, text=True, capture_output=True, check=True
    ).stdout


def releases(stack: Stack, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(helm(stack, "list", "--all", "-o", "json", f"--namespace={namespace}"))
    return found


def until(found: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def installing(stack: Stack, namespace: str, plane: ControlPlane) -> Update:
    """Return an update that is in the middle of an installation: no node is there to run the Deployment's pods."""
    write(stack, namespace, UNREADY)
    update = Update(stack)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    until(lambda: plane.request("GET", path)["items"], f"helm did not begin:\n{update.output()}")
    return update


def pids(update: Update, part: str) -> list[int]:
    return [pid for pid, command in update.processes().items() if part in command]


def kill(*victims: int) -> None:
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("with_helm", [True, False], ids=["helm-too", "plugin-only"])
def test_an_installation_that_was_killed_is_finished_by_the_next_update(
    stack: Stack, namespace: str, control_plane: ControlPlane, *, with_helm: bool
) -> None:
    update = installing(stack, namespace, control_plane)
    commands = "".join(update.processes().values())
    assert " install app-" in commands, "helm is not there: the rest would prove nothing"
    assert CANARY not in commands
    helms, plugins = pids(update, " install app-"), pids(update, "plugins.kubernetes")
    if with_helm:
        for pid in (update.cli.pid, *plugins):
            os.kill(pid, signal.SIGSTOP)  # so that neither sees how helm ends
        kill(*helms)
    kill(*plugins, update.cli.pid)
    update.wait_until_all_are_gone()
    (begun,) = releases(stack, namespace)
    assert begun["status"] == ("pending-install" if with_helm else "failed")
    assert list((stack.folder / "temporary").glob("slipway-helm-*")), "nothing was left, so nothing can be cleaned up"
    stack.run("cancel", "--yes")
    write(stack, namespace, {"text": "now"})
    stack.run("up", "--yes", "--skip-preview")
    (finished,) = releases(stack, namespace)
    assert (finished["name"], finished["status"]) == (begun["name"], "deployed")
    listed = control_plane.request("GET", f"/api/v1/namespaces/{namespace}/configmaps")["items"]
    assert [item["data"]["text"] for item in listed if item["metadata"]["name"].startswith("app-")] == ["now"]
    assert not control_plane.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"]
    assert not list((stack.folder / "temporary").glob("slipway-helm-*"))
    stack.run("preview", "--expect-no-changes")


def test_an_upgrade_that_was_killed_is_finished_even_if_the_program_is_as_before(
    stack: Stack, namespace: str, control_plane: ControlPlane
) -> None:
    write(stack, namespace, {"text": "first"})
    stack.run("up", "--yes", "--skip-preview")
    update = installing(stack, namespace, control_plane)
    for pid in (update.cli.pid, *pids(update, "plugins.kubernetes")):
        os.kill(pid, signal.SIGSTOP)
    kill(*pids(update, " upgrade app-"))
    kill(*pids(update, "plugins.kubernetes"), update.cli.pid)
    update.wait_until_all_are_gone()
    assert releases(stack, namespace)[0]["status"] == "pending-upgrade"
    stack.run("cancel", "--yes")
    write(stack, namespace, {"text": "first"})
    stack.run("up", "--yes", "--skip-preview")
    assert releases(stack, namespace)[0]["status"] == "deployed"
    assert not control_plane.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"]
    stack.run("preview", "--expect-no-changes")


def test_a_cancelled_installation_is_kept_as_failed_and_goes_on(
    stack: Stack, namespace: str, control_plane: ControlPlane
) -> None:
    update = installing(stack, namespace, control_plane)
    os.kill(update.cli.pid, signal.SIGINT)
    update.wait_until_all_are_gone()
    assert releases(stack, namespace)[0]["status"] == "failed"
    write(stack, namespace, {"text": "now"})
    stack.run("up", "--yes", "--skip-preview")
    assert [item["status"] for item in releases(stack, namespace)] == ["deployed"]


def test_another_version_of_the_chart_and_what_somebody_else_changed_are_seen(stack: Stack, namespace: str) -> None:
    write(stack, namespace, {"text": "first"}, more="name='app'")
    stack.run("up", "--yes", "--skip-preview")
    outputs = stack.exported()["deployment"]["resources"][0]["outputs"]
    assert (outputs["status"]["revision"], outputs["names"]) == (1, {"ConfigMap/v1": ["app-settings"]})
    helm(stack, "upgrade", "app", "./settings", f"--namespace={namespace}", "--set=text=foreign,password=other-word")
    said = stack.run("up", "--yes", "--skip-preview", "--refresh")
    assert "[diff: ~values]" in said
    values = json.loads(helm(stack, "get", "values", "app", "-o", "json", f"--namespace={namespace}"))
    assert values == {"text": "first"}
    chart = stack.folder / "settings" / "Chart.yaml"
    chart.write_text(chart.read_text("utf-8").replace("0.1.0", "0.2.0"), encoding="utf-8")
    assert "[diff: ~version]" in stack.run("up", "--yes", "--skip-preview")
    stack.run("preview", "--expect-no-changes")


def test_a_release_that_is_there_is_imported_with_its_chart_of_the_program(stack: Stack, namespace: str) -> None:
    helm(stack, "install", "app", "./settings", f"--namespace={namespace}", "--set=text=found")
    more, options = "name='app'", f"import_='{namespace}/app'"
    write(stack, namespace, {"text": "found"}, more=more, options=options)
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text("utf-8").replace("./settings", "settings"), encoding="utf-8")
    stack.run("up", "--yes", "--skip-preview")
    assert [item["revision"] for item in releases(stack, namespace)] == ["1"]
    program.write_text(program.read_text("utf-8").replace(options, ""), encoding="utf-8")
    stack.run("preview", "--expect-no-changes")
