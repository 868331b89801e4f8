"""Which etcd members go when a control plane is made anew or not declared any more, and who is none of them."""

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


def _known(members: ModuleType, monkeypatch: pytest.MonkeyPatch, *found: dict[str, Any]) -> None:
    monkeypatch.setattr(members, "ask_etcd", lambda *_: {"members": list(found)})


def test_who_is_no_member_is_a_stranger(members: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _known(
        members,
        monkeypatch,
        {"name": "a", "peerURLs": ["https://10.0.0.5:2380"]},
        {"peerURLs": ["https://10.0.0.6:2380"]},
    )

    assert members.strangers({"a": "10.0.0.5", "b": "10.0.0.6"}) == ["b"]


def test_an_etcd_of_others_is_refused(members: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _known(members, monkeypatch, {"name": "x", "peerURLs": ["https://10.0.0.5:2380"]})

    with pytest.raises(SystemExit, match="has the members x and none of a, b"):
        members.strangers({"a": "10.0.0.5", "b": "10.0.0.6"})


def test_members_without_a_node_leave_too_and_newcomers_that_have_no_name_yet_do_not(
    members: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_etcd = {"a": "10.0.0.5", "gone": "10.0.0.7"}
    _known(
        members,
        monkeypatch,
        *({"name": name, "peerURLs": [f"https://{address}:2380"]} for name, address in of_etcd.items()),
        {"peerURLs": ["https://10.0.0.6:2380"]},
        {"peerURLs": ["https://10.0.0.9:2380"]},
    )
    node = {"status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.8"}]}}

    leaving = members.undeclared({"a": "10.0.0.5", "b": "10.0.0.6"}, {"a": node, "old": node})

    assert leaving == {"10.0.0.9": "10.0.0.9", "gone": "10.0.0.7", "old": "10.0.0.8"}
