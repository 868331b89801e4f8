"""Which etcd members go when a control plane of the same name is made anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[3] / "playbooks/roles/control_plane/files/members.py"


@pytest.fixture
def members() -> ModuleType:
    spec = importlib.util.spec_from_file_location("members", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("member", "goes"),
    [
        pytest.param({"name": "control-plane-0", "peerURLs": ["https://10.0.0.9:2380"]}, True, id="other address"),
        pytest.param({"peerURLs": ["https://10.0.0.5:2380"]}, True, id="never started"),
        pytest.param({"name": "control-plane-1", "peerURLs": ["https://10.0.0.6:2380"]}, False, id="another one"),
    ],
)
def test_a_member_goes_by_its_name_or_its_address(
    members: ModuleType, monkeypatch: pytest.MonkeyPatch, member: dict[str, Any], *, goes: bool
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
        asked.append((path, body))
        return {"members": [{"ID": "7", **member}]}

    monkeypatch.setattr(members, "ask_etcd", ask)
    monkeypatch.setattr(members, "run", lambda *_: b"")

    members.forget("control-plane-0", "10.0.0.5")

    assert (("remove", {"ID": "7"}) in asked) is goes
