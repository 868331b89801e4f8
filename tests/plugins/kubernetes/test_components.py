"""Manifests, charts and kustomizations as components, with the real engine."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.kubernetes.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugins.kubernetes.control_plane import ControlPlane

RENDERED = Path(__file__).parent / "rendered"

MANIFESTS = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: second, namespace: NS,
   annotations: {config.kubernetes.io/depends-on: /namespaces/NS/ConfigMap/first}}, data: {n: "2"}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: first, namespace: NS}, data: {n: "1"}}
- {apiVersion: example.com/v1, kind: WIDGET, metadata: {name: w, namespace: NS}, spec: {size: 1}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUPs.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: GROUPs, singular: GROUP, kind: WIDGET}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object,
     x-kubernetes-preserve-unknown-fields: true}}}
---
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: NS}, stringData: {password: canary-word}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: NS}}
"""
PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s

provider = k8s.Provider("cluster", namespace="default")


def labelled(args):
    if args.type_ != "kubernetes:core/v1:ConfigMap":
        return None
    metadata = {**args.props["metadata"], "labels": {"seen": "yes"}}
    return pulumi.ResourceTransformResult({**args.props, "metadata": metadata}, args.opts)


group = k8s.yaml.v2.ConfigGroup(
    "app",
    files=["manifests*.yaml"],
    objs=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "placed"}, "data": {"k": "v"}}],
    opts=pulumi.ResourceOptions(provider=provider, transforms=[labelled]),
)
one = k8s.yaml.v2.ConfigFile("one", file="one.yaml", resource_prefix="", skip_await=True)
pulumi.export("count", group.resources.apply(len))
"""


@pytest.fixture
def stack(control_plane: ControlPlane, tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path, control_plane.kubeconfig(), "components", "c")
    yield made
    made.run("destroy", "--yes", "--skip-preview")


def resources(stack: Stack) -> dict[str, Any]:
    """Return the stack's objects by type's last part and name."""
    listed = stack.checkpoint()["checkpoint"]["latest"]["resources"]
    return {
        f"{item['type'].rpartition(':')[2]} {item['urn'].partition('::')[2].rpartition('::')[2]}": item
        for item in listed
    }


def test_manifests_become_resources_in_the_order_they_need(stack: Stack, tmp_path: Path) -> None:
    namespace, widget = f"ns-{uuid.uuid4().hex[:6]}", f"widget{uuid.uuid4().hex[:6]}"
    text = MANIFESTS.replace("NS", namespace).replace("GROUP", widget).replace("WIDGET", widget.title())
    (tmp_path / "manifests-1.yaml").write_text(text, encoding="utf-8")
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"one-{namespace}"}}
    (tmp_path / "one.yaml").write_text(json.dumps(one), encoding="utf-8")
    stack.write(PROGRAM)
    assert "canary-word" not in stack.run("up", "--yes", "--diff")
    made = resources(stack)
    first, second = made[f"ConfigMap app:{namespace}/first"], made[f"ConfigMap app:{namespace}/second"]
    assert set(second["dependencies"]) == {first["urn"], made[f"Namespace app:{namespace}"]["urn"]}
    assert first["parent"] == made["ConfigGroup app"]["urn"]
    assert first["inputs"]["metadata"]["labels"] == {"seen": "yes"}
    assert "::cluster::" in first["provider"]
    assert "::default_4_34_2::" in made[f"ConfigMap default/one-{namespace}"]["provider"]
    assert made["ConfigMap app:default/placed"]["id"] == "default/placed"
    assert made[f"{widget.title()} app:{namespace}/w"]["id"] == f"{namespace}/w"
    assert made[f"ConfigMap default/one-{namespace}"]["inputs"]["metadata"]["annotations"] == {
        "pulumi.com/skipAwait": "true"
    }
    assert "canary-word" not in json.dumps(stack.checkpoint())
    assert stack.exported()["deployment"]["resources"][0]["outputs"]["count"] == 7
    stack.run("preview", "--expect-no-changes")


def test_what_is_no_manifest_is_told_with_its_place(stack: Stack, tmp_path: Path) -> None:
    stack.write(PROGRAM)
    (tmp_path / "one.yaml").write_text("a: b", encoding="utf-8")
    said = stack.run("up", "--yes", "--skip-preview", expect=1)
    assert "ConfigFile resource 'one' has a problem: one.yaml: document 1 is no Kubernetes object" in said


CHART = """\
import pulumi
import pulumi_kubernetes as k8s

k8s.helm.v4.Chart(
    "four",
    chart="./chart",
    namespace="default",
    values={"text": "from values", "file": pulumi.StringAsset("from asset")},
    value_yaml_files=[pulumi.FileAsset("./extra.yaml")],
)
"""
OLDER_CHART = """\
k8s.helm.v3.Chart("three", k8s.helm.v3.LocalChartOpts(path="./chart", namespace="default", values={"text": "t"}))
"""
KUSTOMIZATIONS = """\
import pulumi_kubernetes as k8s

k8s.kustomize.v2.Directory("two", directory="./kustomization")
k8s.kustomize.Directory("one", "./other", resource_prefix="first")
"""


def test_charts_are_rendered_by_helm(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(RENDERED / "chart", tmp_path / "chart")
    (tmp_path / "extra.yaml").write_text("text: from file\nmore: from file\n", encoding="utf-8")
    stack.write(CHART + OLDER_CHART)
    stack.run("up", "--yes", "--skip-preview")
    made = resources(stack)
    inputs = made["ConfigMap four:default/four-settings"]["inputs"]
    assert inputs["data"] == {
        "text": "from values",
        "more": "from file",
        "asset": "from asset",
        "release": "four in default",
        "knows": "apps/v1/Deployment",
        "found": "default",
        "version": "v1.36",
    }
    assert made["ConfigMap four:default/four-kept"]["retainOnDelete"]
    assert not any("four-hook" in name or "three-test" in name for name in made)
    assert made["ConfigMap default/three-settings"]["inputs"]["data"]["text"] == "t"
    stack.run("preview", "--expect-no-changes")


def test_charts_that_fail_say_so_in_the_words_of_helm(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(RENDERED / "chart", tmp_path / "chart")
    (tmp_path / "chart" / "templates" / "broken.yaml").write_text('{{ fail "no such luck" }}', encoding="utf-8")
    (tmp_path / "extra.yaml").touch()
    # One chart alone: of two that fail at once, the second one only learns that the engine is closing.
    stack.write(CHART)
    said = stack.run("up", "--yes", "--skip-preview", expect=1)
    assert "Chart resource 'four' has a problem: helm template failed:" in said
    assert "no such luck" in said


def test_kustomizations_are_built_by_kubectl(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(RENDERED / "kustomization", tmp_path / "kustomization")
    shutil.copytree(RENDERED / "kustomization", tmp_path / "other")
    (tmp_path / "other" / "kustomization.yaml").write_text("resources: [settings.yaml]", encoding="utf-8")
    stack.write(KUSTOMIZATIONS)
    stack.run("up", "--yes", "--skip-preview")
    made = resources(stack)
    assert made["ConfigMap two:default/dev-settings"]["inputs"]["data"] == {"a": "b"}
    assert made["ConfigMap first-settings"]["id"] == "default/settings"
    stack.run("preview", "--expect-no-changes")


def test_a_missing_helm_is_told_with_what_to_do(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stack.environment, "PATH", f"{tmp_path}/home/launchers-without-helm:/usr/bin:/bin")
    shutil.copytree(RENDERED / "chart", tmp_path / "chart")
    shutil.copytree(tmp_path / "home" / "launchers", tmp_path / "home" / "launchers-without-helm", symlinks=True)
    (tmp_path / "home" / "launchers-without-helm" / "helm").unlink(missing_ok=True)
    (tmp_path / "extra.yaml").touch()
    stack.write(CHART)
    assert "slipway setup --with helm" in stack.run("preview", expect=1)
