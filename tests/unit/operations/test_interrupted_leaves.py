"""Workers that an interrupted run had begun to take out take pods again, or join again; others stay as they are."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console

from operations import interrupted_leaves
from operations.failure import OperationFailedError
from operations.health.kubernetes_api import KubernetesApi
from operations.interrupted_leaves import LEAVING, take_back
from operations.stack_state import HOST_RUN, Recorded, StackState

from .health_stack import outputs_of

if TYPE_CHECKING:
    import pytest

    from operations.session import Session

    from .servers import Authority

URN = f"urn:pulumi:try::slipway::slipway:index:Cluster${HOST_RUN}::"


class _World:
    """A cluster with these nodes, a state in which all of them and some more have joined, and what is done to both."""

    def __init__(self, authority: Authority, monkeypatch: pytest.MonkeyPatch, *nodes: dict[str, Any]) -> None:
        self.patched: dict[str, Any] = {}
        self.forgotten: set[str] = set()
        self.said = io.StringIO()
        self._nodes = nodes
        transport = httpx.MockTransport(self._answer)
        monkeypatch.setattr(
            KubernetesApi, "client", lambda _: httpx.AsyncClient(base_url="https://a", transport=transport)
        )
        monkeypatch.setattr(interrupted_leaves, "read_outputs", lambda _: outputs_of([], authority))
        monkeypatch.setattr(interrupted_leaves, "forget_runs", lambda _, urns: self.forgotten.update(urns))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            self.patched[request.url.path] = json.loads(request.content)
        return httpx.Response(200, json={"items": self._nodes})

    def take_back(self, *staying: str, joined: tuple[str, ...], more: tuple[Recorded, ...] = ()) -> bool:
        runs = tuple(_run(f"{name}-join", deletePlaybook="leave.yml") for name in joined)
        console = Console(file=self.said, width=200)
        session: Session = None  # type: ignore[assignment] - what would use it is not there
        return take_back(session, StackState("", (*runs, *more), (), {}), set(staying), console)


def _run(name: str, **inputs: str) -> Recorded:
    return Recorded(f"{URN}{name}", HOST_RUN, name, inputs, frozenset())


def _node(name: str, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": annotations}, "spec": {"unschedulable": True}}


def test_only_marked_nodes_that_stay_take_pods_again(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = {LEAVING: "true"}
    world = _World(
        authority, monkeypatch, _node("a", **leaving), _node("on-purpose"), _node("removed-since", **leaving)
    )

    assert world.take_back("a", "on-purpose", joined=("a", "on-purpose", "removed-since"))

    assert world.patched == {
        "/api/v1/nodes/a": {"metadata": {"annotations": {LEAVING: None}}, "spec": {"unschedulable": None}}
    }
    assert world.forgotten == {f"{URN}a-join"}  # as its kubelet may have been stopped
    assert world.said.getvalue() == "a takes pods again: an interrupted run had begun to drain it.\n"


def test_a_node_that_the_cluster_has_forgotten_joins_again(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = _World(authority, monkeypatch, _node("a"))

    assert world.take_back("a", "b", "new", joined=("a", "b", "removed-since"))

    assert (world.patched, world.forgotten) == ({}, {f"{URN}b-join"})
    assert world.said.getvalue() == "b joins again: the cluster does not know it any more.\n"


def test_a_host_that_may_be_half_given_back_is_prepared_again(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = _World(authority, monkeypatch, _node("a"))
    host = _run("b-prepare", deletePlaybook="reset.yml")

    assert world.take_back("a", "b", "made", joined=("a",), more=(_run("a-prepare"), host, _run("made-prepare")))

    assert (world.patched, world.forgotten) == ({}, {host.urn})


def test_where_the_cluster_cannot_be_asked_it_is_said_and_asked_again_next_time(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = _World(authority, monkeypatch)

    def refuse(_: Session) -> None:
        raise OperationFailedError("no outputs")

    monkeypatch.setattr(interrupted_leaves, "read_outputs", refuse)

    assert not world.take_back("a", joined=("a",))
    assert world.said.getvalue() == "Whether an interrupted run left nodes cordoned cannot be told yet: no outputs\n"
