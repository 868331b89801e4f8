"""Cases that must fail: what the harness would overlook, no case could show.

Each expected text is what somebody reads who has to find the mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.cases.case import ROOT, load_case
from tests.plugins.cases.kubernetes_world import KubernetesWorld
from tests.plugins.cases.run_case import Play
from tests.plugins.kubernetes.conftest import control_plane

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.cases.bench import Bench
    from tests.plugins.kubernetes.control_plane import ControlPlane

__all__ = ["control_plane"]
_WRONG = {
    "absent": ["wrong/absent.yaml:7: step 1 (up)", "absent[0]: expected nothing, found {"],
    "diff": [
        "wrong/diff.yaml:9: step 2 (preview)",
        "expected {'data.k': 'update'}, found {'data.k': 'update-replace'}",
    ],
    "error": ["exit: expected a failure, found 0", "error: nobody says 'something'"],
    "leak": ["'canary-positive-control' stands in the checkpoint, as 'canary-positive-control'"],
    "not-secret": ['state.settings.inputs.data: expected secret {"k": "v"}, found {"k": "v"}'],
    "state": ['state.settings.inputs.data.k: expected "other", found "v"'],
    "steps": ["wrong/steps.yaml:7: step 1 (preview)", "steps.settings: expected ['update'], found ['create']"],
    "unexpected-change": ["steps.settings: expected no change, found ['create']"],
    "world": ['world[0].data.k: expected "other", found "v"'],
}


@pytest.mark.parametrize("name", _WRONG)
def test_wrong_case_is_found_out(
    name: str, control_plane: ControlPlane, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = KubernetesWorld(control_plane, bench.background, tmp_path)
    monkeypatch.setenv("KUBECONFIG", world.environment["KUBECONFIG"])
    monkeypatch.setattr("tests.plugins.cases.run_case._SETTLE_SECONDS", 0)
    world.prepare({})
    found = Play(load_case(ROOT / "wrong" / f"{name}.yaml", world.variables), world, bench).run()
    for text in _WRONG[name]:
        assert text in found
