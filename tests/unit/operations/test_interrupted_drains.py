"""Nodes that an interrupted update left cordoned take pods again, and those that somebody else cordoned do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from operations import interrupted_drains
from operations.health.kubernetes_api import KubernetesApi

from .health_stack import outputs_of
from .ssh_server import Server, ssh_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncssh

    from operations.health.outputs import Outputs

    from .servers import Authority

LEAVING = {interrupted_drains.LEAVING: "true"}


def _node(name: str, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": annotations}, "spec": {"unschedulable": True}}


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the API server was asked to change; it knows three nodes."""
    nodes = [_node("left", **LEAVING), _node("on-purpose"), _node("removed-since", **LEAVING)]
    changes: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            changes[request.url.path] = json.loads(request.content)
        return httpx.Response(200, json={"items": nodes})

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(KubernetesApi, "client", lambda _: httpx.AsyncClient(base_url="https://a", transport=transport))
    return changes


@pytest.fixture
def commands() -> list[str]:
    """What the machines were asked to run."""
    return []


@pytest.fixture
async def server(tmp_path: Path, commands: list[str]) -> AsyncIterator[Server]:
    async def run(process: asyncssh.SSHServerProcess[str]) -> None:
        commands.append(process.command or "")
        process.exit(0)

    async with ssh_server(tmp_path, run) as running:
        yield running


def _outputs(server: Server, authority: Authority, *names: str, port: int | None = None) -> Outputs:
    machine = {
        "address": "127.0.0.1", "sshPort": port or server.port, "user": "slipway", "hostKey": server.host_key,
    }  # fmt: skip
    key = {"user": "slipway", "privateKey": server.key_file.read_text()}
    return outputs_of([], authority, nodes=[{**machine, "name": name} for name in names], ssh=key)


async def test_only_marked_nodes_that_stay_are_given_back(
    patched: dict[str, Any], commands: list[str], server: Server, authority: Authority
) -> None:
    outputs = _outputs(server, authority, "left", "on-purpose")
    told = await interrupted_drains._give_back(KubernetesApi.__new__(KubernetesApi), outputs)

    assert told == ["left takes pods again: an interrupted run had begun to drain it."]
    assert commands == [interrupted_drains.START_KUBELET]
    assert patched == {
        "/api/v1/nodes/left": {"metadata": {"annotations": {interrupted_drains.LEAVING: None}},
                               "spec": {"unschedulable": None}},
    }  # fmt: skip


async def test_a_machine_that_does_not_answer_is_named_and_its_node_given_back_all_the_same(
    patched: dict[str, Any], server: Server, authority: Authority
) -> None:
    outputs = _outputs(server, authority, "left", port=1)
    (told,) = await interrupted_drains._give_back(KubernetesApi.__new__(KubernetesApi), outputs)

    assert "left is not cordoned any more, but whether its kubelet runs cannot be told" in told
    assert list(patched) == ["/api/v1/nodes/left"]
