"""Objects as files, without a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from plugins.kubernetes.provider import KubernetesProvider
from plugins.rpc.resource import Context
from plugins.rpc.values import Secret

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from plugins.rpc.resource import Severity

SECRET = "kubernetes:core/v1:Secret"


async def test_an_object_is_a_file_from_creation_to_deletion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    warnings: list[str] = []

    async def log(_severity: Severity, text: str) -> None:
        warnings.append(text)

    provider = KubernetesProvider()
    await provider.configure({"renderYamlToDirectory": str(tmp_path / "out"), "alwaysRender": "true"})
    resource, ctx = provider.resource(SECRET), Context(name="s", log=log)
    program: dict[str, Any] = {"metadata": {"name": "s", "namespace": "team"}, "stringData": {"k": Secret("v")}}
    inputs = (await resource.check(ctx, None, program)).inputs
    made = await resource.create(ctx, inputs)
    path = tmp_path / "out" / "1-manifest" / "v1-secret-team-s.yaml"
    assert made.id == "team/s"
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["data"] == {"k": "dg=="}
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.outputs["data"] == Secret({"k": "dg=="})
    assert any("plain text" in text for text in warnings)
    assert (await resource.diff(ctx, made.id, inputs, made.outputs, inputs)).changes
    path.unlink()
    await resource.update(ctx, made.id, inputs, made.outputs, inputs)
    assert path.exists()
    await resource.delete(ctx, made.id, inputs, made.outputs)
    await resource.delete(ctx, made.id, inputs, made.outputs)
    assert not path.exists()


async def test_a_preview_writes_nothing_and_definitions_have_their_own_folder(tmp_path: Path) -> None:
    provider = KubernetesProvider()
    await provider.configure({"renderYamlToDirectory": str(tmp_path), "kubeconfig": "{}"})
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    inputs = (await provider.resource(token).check(Context(name="d"), None, {"metadata": {"name": "d"}})).inputs
    await provider.resource(token).create(Context(preview=True), inputs)
    definitions = tmp_path / "0-crd"
    assert not definitions.exists()
    await provider.resource(token).create(Context(), inputs)
    assert (definitions / "apiextensions.k8s.io_v1-customresourcedefinition-default-d.yaml").is_file()
