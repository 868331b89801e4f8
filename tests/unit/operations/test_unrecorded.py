"""What a killed run had begun to create becomes a part of the state where a plugin can tell what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations import unrecorded
from operations.failure import OperationFailedError
from operations.stack_state import StackState, parse_state
from plugins.rpc.creation_journal import UNRECORDED

if TYPE_CHECKING:
    from operations.session import Session

RUN = "slipway:index:AnsibleRun"


def _resource(kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"urn": f"urn:pulumi:try::trial::{kind}::{name}", "type": kind, **more}


def _exported(resources: list[dict[str, Any]], *pending: tuple[str, dict[str, Any]]) -> str:
    operations = [{"type": kind, "resource": resource} for kind, resource in pending]
    return json.dumps({"deployment": {"resources": resources, "pending_operations": operations}})


def _ids(exported: str) -> dict[str, str]:
    return {item.urn.rpartition("::")[2]: item.id for item in parse_state(exported).resources}


def test_plugins_know_the_id() -> None:
    assert unrecorded.ID == UNRECORDED


def test_creations_that_a_plugin_can_find_come_last_without_an_id() -> None:
    inputs = {"playbook": "join.yml"}
    exported = _exported(
        [_resource(RUN, "prepare", id="1")],
        ("creating", _resource(RUN, "join", inputs=inputs)),
        ("creating", _resource("slipway:aws:Instance", "machine")),
        ("creating", _resource("kubernetes:core/v1:ConfigMap", "settings")),
        ("creating", _resource("kubernetes:core/v1:NamespacePatch", "labels")),
        ("creating", _resource("slipway:index:Password", "login")),
        ("creating", _resource("docker:index/container:Container", "node")),
        ("updating", _resource(RUN, "prepare", id="1")),
    )

    state = parse_state(unrecorded.taken_up(exported))

    assert _ids(state.exported) == {"prepare": "1", **dict.fromkeys(("join", "machine", "settings"), unrecorded.ID)}
    assert state.resources[1].inputs == inputs
    assert state.pending == ()


def test_one_that_was_to_replace_another_stays_out() -> None:
    old = _resource("slipway:aws:Instance", "machine", id="i-1")
    exported = _exported([old], ("creating", _resource("slipway:aws:Instance", "machine")))

    assert _ids(unrecorded.taken_up(exported)) == {"machine": "i-1"}


class _Stack:
    """Stands for the CLI: a refresh finds what it is told to, and an import is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, exported: str, found: dict[str, str]) -> None:
        self.exported, self.found = exported, found
        self.refreshed: list[str] = []
        monkeypatch.setattr(unrecorded.pulumi_cli, "run", self._refresh)
        monkeypatch.setattr(unrecorded, "read_state", self._read)
        monkeypatch.setattr(unrecorded, "import_state", self._import)

    def _refresh(self, _: Session, *arguments: str, output: object) -> int:
        del output
        self.refreshed += [argument for argument in arguments if argument.startswith("--target=")]
        content = json.loads(self.exported)
        for resource in content["deployment"]["resources"]:
            resource["id"] = self.found.get(resource["urn"].rpartition("::")[2], resource["id"])
        content["deployment"]["resources"] = [item for item in content["deployment"]["resources"] if item["id"]]
        self.exported = json.dumps(content)
        return 0

    def _read(self, _: Session) -> StackState:
        return parse_state(self.exported)

    def _import(self, _: Session, exported: str) -> None:
        self.exported = exported


def test_what_is_found_stays_and_what_a_lost_cluster_cannot_tell_goes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {"machine": "slipway:aws:Instance", "gone": "slipway:aws:Vpc", "settings": "kubernetes:core/v1:ConfigMap"}
    resources = [_resource(kind, name, id=unrecorded.ID) for name, kind in kinds.items()]
    stack = _Stack(monkeypatch, _exported([_resource(RUN, "join", id="1"), *resources]), {"machine": "i-1", "gone": ""})
    told: list[str] = []

    unrecorded.find(session, told.append)

    assert _ids(stack.exported) == {"join": "1", "machine": "i-1"}
    assert len(stack.refreshed) == 3
    assert told == ["What came of settings cannot be told, for the reason above; taken for not created."]


def test_what_aws_does_not_tell_is_asked_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = _Stack(monkeypatch, _exported([_resource("slipway:aws:Vpc", "network", id=unrecorded.ID)]), {})

    with pytest.raises(OperationFailedError, match="had begun to create network"):
        unrecorded.find(session, pytest.fail)

    assert _ids(stack.exported) == {"network": unrecorded.ID}
