"""Every case of ``kubernetes/``: a program, a real engine, a real API server, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.cases.case import ROOT, case_files, load_case
from tests.plugins.cases.kubernetes_world import KubernetesWorld
from tests.plugins.cases.run_case import Play
from tests.plugins.kubernetes.conftest import control_plane

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.plugins.cases.bench import Bench
    from tests.plugins.kubernetes.control_plane import ControlPlane

__all__ = ["control_plane"]
_FOLDER = "kubernetes"


@pytest.fixture
def world(control_plane: ControlPlane, bench: Bench, tmp_path: Path) -> Iterator[KubernetesWorld]:
    made = KubernetesWorld(control_plane, bench.background, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "path", case_files(_FOLDER), ids=lambda path: str(path.relative_to(ROOT / _FOLDER).with_suffix(""))
)
def test_case(path: Path, world: KubernetesWorld, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load_case(path, world.variables)
    monkeypatch.setenv("PATH", bench.path)  # helm is found there
    for key, value in {**world.environment, **case.environment}.items():
        monkeypatch.setenv(key, value)  # the plugin of most cases lives in this process
    if case.world.get("patience") == "short":
        monkeypatch.setattr("plugins.kubernetes.changing.creating._RETRY_AFTER_SECONDS", (0.05,))
    world.prepare(case.world)
    if wrong := Play(case, world, bench).run():
        pytest.fail(wrong, pytrace=False)
