"""Nodes that an interrupted update left cordoned take pods again, and those that somebody else cordoned do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from operations import interrupted_drains
from operations.health.kubernetes_api import KubernetesApi

if TYPE_CHECKING:
    import pytest


def _node(name: str, **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": annotations}, "spec": {"unschedulable": True}}


async def test_only_marked_nodes_that_stay_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = {interrupted_drains.LEAVING: "true"}
    nodes = [_node("left", **leaving), _node("on-purpose"), _node("removed-since", **leaving)]
    patched: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            patched[request.url.path] = json.loads(request.content)
        return httpx.Response(200, json={"items": nodes})

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(KubernetesApi, "client", lambda _: httpx.AsyncClient(base_url="https://a", transport=transport))
    names = await interrupted_drains._give_back(KubernetesApi.__new__(KubernetesApi), {"left", "on-purpose"})

    assert names == ["left"]
    assert patched == {
        "/api/v1/nodes/left": {"metadata": {"annotations": {interrupted_drains.LEAVING: None}},
                               "spec": {"unschedulable": None}},
    }  # fmt: skip
