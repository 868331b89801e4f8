"""The real engine with this plugin writes the checkpoint that it writes with the official one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.kubernetes.stack import Stack

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane

GOLDEN = Path(__file__).parent / "golden"
_RANDOM = re.compile(r"-[0-9a-f]{8}\b(?!-)")
_PASSING = frozenset(
    [
        "created",
        "modified",
        "creationTimestamp",
        "time",
        "uid",
        "resourceVersion",
        "clusterIP",
        "clusterIPs",
    ]
)


_PLACES = ("sourcePosition", "stackTrace")


def lasting(value: Value, key: str = "") -> Value:
    """Return a checkpoint without times, random suffixes and addresses."""
    if key in _PASSING:
        return "passing"
    if isinstance(value, dict):
        # Where the program was when it made the resource depends on the version of the SDK.
        return {name: lasting(item, name) for name, item in value.items() if name not in _PLACES}
    if isinstance(value, list):
        return [lasting(item) for item in value]
    if isinstance(value, str):
        text = re.sub(r"::[0-9a-f-]{36}\b", "::provider-id", value)
        return _RANDOM.sub("-random", text)
    return value


def resources(checkpoint: dict[str, Any]) -> dict[str, Any]:
    listed = checkpoint["deployment"]["resources"]
    return {item["urn"]: lasting(item) for item in listed if not item["type"].startswith("pulumi:")}


@pytest.fixture(scope="module")
def stack(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    made = Stack(tmp_path_factory.mktemp("golden"), control_plane.kubeconfig(), "golden", "g")
    made.write((GOLDEN / "program.py").read_text(encoding="utf-8"))
    made.run("up", "--yes")
    return made


def test_checkpoint_equals_the_official_one(stack: Stack) -> None:
    official = resources(json.loads((GOLDEN / "checkpoint.json").read_text(encoding="utf-8")))
    assert resources(stack.exported()) == official


def test_secrets_are_encrypted_in_the_state(stack: Stack) -> None:
    assert "canary" not in json.dumps(stack.checkpoint())
    assert "Y2FuYXJ5" not in json.dumps(stack.checkpoint())


def test_nothing_changes_in_a_second_run_nor_in_a_refresh(stack: Stack) -> None:
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--yes", "--expect-no-changes")


def test_destroy_leaves_nothing(stack: Stack, control_plane: ControlPlane) -> None:
    stack.run("destroy", "--yes")
    names = [item["metadata"]["name"] for item in control_plane.request("GET", "/api/v1/namespaces")["items"]]
    assert not [name for name in names if name.startswith("team-")]
