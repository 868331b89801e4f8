"""What is secret is in no log, diff, event, state or process list in the clear; and the detector would find it there.

The program itself, its kubeconfig and the objects in the cluster hold the secrets, as they must.
"""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.plugins.trust.canary import Watch, spellings
from tests.plugins.trust.watched_stack import LOUD, WatchedStack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.kubernetes.control_plane import ControlPlane

# ``NAMESPACE`` stands for the namespace.
PROGRAM = """
VERSION = "4.34.2"
kubeconfig = {"kubeconfig": protect((Path(__file__).parent / "kubeconfig").read_text())}
cluster = pulumi.ProviderResource("kubernetes", "cluster", kubeconfig, pulumi.ResourceOptions(version=VERSION))


def made(kind, name, metadata=None, **properties):
    annotations = {"pulumi.com/skipAwait": "true"}
    metadata = {"namespace": "NAMESPACE", "annotations": annotations, **(metadata or {})}
    options = pulumi.ResourceOptions(version=VERSION, provider=cluster)
    pulumi.CustomResource(f"kubernetes:{kind}", name, {"metadata": metadata, **properties}, options)


if protected:
    made("core/v1:Secret", "strings", stringData=protect({"a": canaries["string"], "revision": revision}))
    configured = pulumi.Config().require_secret("canary")
    made("core/v1:Secret", "configured", stringData={"a": configured, "revision": revision})
made("core/v1:ConfigMap", "mapped", {"name": "mapped"}, data={"a": protect(canaries["map"]), "revision": revision})
env = [{"name": "A", "value": protect(canaries["environment"])}, {"name": "REVISION", "value": revision}]
labels = {"app": "a"}
template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "x:1", "env": env}]}}
spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
made("apps/v1:Deployment", "workload", spec=spec)
if failing:
    # No label may hold this: the API server refuses it and quotes it.
    made("core/v1:ConfigMap", "refused", {"labels": {"a": protect(canaries["refused"])}})
pulumi.export("exported", protect(canaries["output"]))
"""


def canaries(key: str) -> dict[str, str]:
    kinds = ("string", "map", "environment", "output", "configuration")
    made = {kind: f"canary-{kind}-{secrets.token_hex(8)}" for kind in kinds}
    # A line of the key, which is nobody else's; and a text that cannot be a label.
    return {**made, "refused": f"canary refused! {secrets.token_hex(8)}", "client key": key.splitlines()[2][:40]}


@pytest.fixture
def program(namespace: str) -> str:
    return PROGRAM.replace("NAMESPACE", namespace)


def watched(folder: Path, plane: ControlPlane, *, protected: bool) -> WatchedStack:
    config = plane.kubeconfig()
    key = json.loads(config)["users"][0]["user"]["client-key-data"]
    return WatchedStack(folder, config, canaries(base64.b64decode(key).decode()), protected=protected)


def test_secrets_appear_nowhere_in_the_clear(control_plane: ControlPlane, program: str, tmp_path: Path) -> None:
    run = watched(tmp_path, control_plane, protected=True)
    run.run("config", "set", "--secret", "canary", stdin=run.watch.secrets["configuration"])
    run.live_through_everything(program, tmp_path)
    assert run.watch.found == set(), run.watch.said


def test_the_detector_finds_what_nobody_protects(control_plane: ControlPlane, program: str, tmp_path: Path) -> None:
    """The positive control: the same program without protection, so that the test above can fail."""
    run = watched(tmp_path, control_plane, protected=False)
    run.write(program, 1)
    run.run("preview", "--diff", *LOUD)
    run.run("up", "--yes", "--skip-preview", "--event-log", str(tmp_path / "events.json"))
    run.write(program, 2, failing=True)
    run.run("up", "--yes", "--skip-preview", succeeds=False)
    places = run.places()
    assert {"map", "environment", "output", "refused", "client key"} <= run.named()
    assert "events.json" in places
    assert ".pulumi/stacks/canaries/c.json" in places
    assert any(place.startswith("standard output of preview --diff") for place in places)
    assert any(place.startswith("standard error of preview --diff") for place in places)


def test_the_detector_sees_the_process_list() -> None:
    watch = Watch({"argument": "canary-argument"})
    with watch:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)", "--token=canary-argument"], check=True)
    assert watch.found == {"argument in the process list"}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_the_detector_sees_through_base64_at_any_offset(before: str) -> None:
    encoded = base64.b64encode(f"{before}canary-1234 and more".encode())
    assert any(spelling in encoded for spelling in spellings("canary-1234"))
