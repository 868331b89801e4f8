"""What is secret is in no log, diff, event, state or process list in the clear; and the detector would find it there.

The program itself, its kubeconfig and the objects in the cluster hold the secrets, as they must.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust.canary import Watch, spellings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.kubernetes.control_plane import ControlPlane

LOUD = ("-v9", "--logtostderr", "--logflow")
# From level 7 on the engine itself writes out properties as it plans, sends and gets them, whoever the plugin is
# (pkg/resource/deploy/step_generator.go, pkg/resource/plugin/rpc.go); every other line is looked at.
ENGINE_TRACE = re.compile(r'"msg":"(Planner decided|Marshaling property for RPC|Unmarshaling property for RPC)\b')
# The last one is the CLI itself, 150 MiB beside its launchers.
HOLDERS = ("__main__.py", "canaries.json", "kubeconfig", "pulumi")
# The program reads its secrets from a file, as the command line and the program's text would hold them in the clear.
PROGRAM = """
import json
from pathlib import Path

import pulumi

canaries = json.loads((Path(__file__).parent / "canaries.json").read_text())
protect = pulumi.Output.secret if {protected} else pulumi.Output.from_input
revision = {revision}
VERSION = "4.34.2"
kubeconfig = {{"kubeconfig": protect((Path(__file__).parent / "kubeconfig").read_text())}}
cluster = pulumi.ProviderResource("kubernetes", "cluster", kubeconfig, pulumi.ResourceOptions(version=VERSION))


def made(kind, name, metadata=None, **properties):
    annotations = {{"pulumi.com/skipAwait": "true"}}
    metadata = {{"namespace": "{namespace}", "annotations": annotations, **(metadata or {{}})}}
    options = pulumi.ResourceOptions(version=VERSION, provider=cluster)
    pulumi.CustomResource(f"kubernetes:{{kind}}", name, {{"metadata": metadata, **properties}}, options)


if {protected}:
    made("core/v1:Secret", "strings", stringData=protect({{"a": canaries["string"], "revision": revision}}))
    configured = pulumi.Config().require_secret("canary")
    made("core/v1:Secret", "configured", stringData={{"a": configured, "revision": revision}})
made("core/v1:ConfigMap", "mapped", {{"name": "mapped"}}, data={{"a": protect(canaries["map"]), "revision": revision}})
env = [{{"name": "A", "value": protect(canaries["environment"])}}, {{"name": "REVISION", "value": revision}}]
labels = {{"app": "a"}}
template = {{"metadata": {{"labels": labels}}, "spec": {{"containers": [{{"name": "c", "image": "x:1", "env": env}}]}}}}
spec = {{"replicas": 0, "selector": {{"matchLabels": labels}}, "template": template}}
made("apps/v1:Deployment", "workload", spec=spec)
if {failing}:
    # No label may hold this: the API server refuses it and quotes it.
    made("core/v1:ConfigMap", "refused", {{"labels": {{"a": protect(canaries["refused"])}}}})
pulumi.export("exported", protect(canaries["output"]))
"""


def canaries(key: str) -> dict[str, str]:
    kinds = ("string", "map", "environment", "output", "configuration")
    made = {kind: f"canary-{kind}-{secrets.token_hex(8)}" for kind in kinds}
    # A line of the key, which is nobody else's; and a text that cannot be a label.
    return {**made, "refused": f"canary refused! {secrets.token_hex(8)}", "client key": key.splitlines()[2][:40]}


class Run:
    """A stack whose every word is looked at."""

    def __init__(self, folder: Path, plane: ControlPlane, namespace: str, *, protected: bool) -> None:
        self._namespace, self._protected = namespace, protected
        config = plane.kubeconfig()
        self.stack = Stack(folder, config, "canaries", "c")
        key = json.loads(config)["users"][0]["user"]["client-key-data"]
        values = canaries(base64.b64decode(key).decode())
        self.watch = Watch(values)
        (folder / "canaries.json").touch(mode=0o600)
        (folder / "canaries.json").write_text(json.dumps(values), encoding="utf-8")

    def write(self, revision: int, *, failing: bool = False) -> None:
        """Set the program; each revision changes every resource."""
        text = PROGRAM.format(
            revision=repr(str(revision)), failing=failing, protected=self._protected, namespace=self._namespace
        )
        self.stack.write(text)

    def run(self, *arguments: str, succeeds: bool = True, stdin: str | None = None) -> None:
        """Run the CLI under watch and look at what it said and at what it left in files."""
        with self.watch:
            done = subprocess.run(
                self.stack.command(*arguments),
                env={**self.stack.environment, "PULUMI_DEBUG_COMMANDS": "true"},  # offers --event-log
                input=stdin,
                text=True,
                capture_output=True,
                timeout=120,
                check=False,
            )
        assert (done.returncode == 0) is succeeds, f"{arguments}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        said = " ".join(argument for argument in arguments if not argument.startswith("/"))
        self.watch.text(f"standard output of {said}", done.stdout)
        kept = [line for line in done.stderr.splitlines() if not self._protected or not ENGINE_TRACE.search(line)]
        self.watch.text(f"standard error of {said}", "\n".join(kept))
        self.watch.files(self.stack.folder, but=HOLDERS)


@pytest.fixture
def protected(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> Run:
    run = Run(tmp_path, control_plane, namespace, protected=True)
    run.run("config", "set", "--secret", "canary", stdin=run.watch.secrets["configuration"])
    return run


def test_secrets_appear_nowhere_in_the_clear(protected: Run, tmp_path: Path) -> None:
    protected.write(1)
    protected.run("preview", "--diff", *LOUD)
    protected.run("up", "--yes", "--skip-preview", "--event-log", str(tmp_path / "events-1.json"), *LOUD)
    protected.write(2)
    protected.run("preview", "--json", "--event-log", str(tmp_path / "events-2.json"))
    protected.run("up", "--yes", "--diff", "--event-log", str(tmp_path / "events-3.json"))
    protected.write(3, failing=True)
    protected.run("up", "--yes", "--diff", "--event-log", str(tmp_path / "events-4.json"), *LOUD, succeeds=False)
    protected.run("refresh", "--yes", "--diff", *LOUD)
    protected.run("stack", "export")
    protected.run("destroy", "--yes", "--diff", *LOUD)
    assert protected.watch.found == set(), protected.watch.said


def test_the_detector_finds_what_nobody_protects(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> None:
    """The positive control: the same program without protection, so that the test above can fail."""
    run = Run(tmp_path, control_plane, namespace, protected=False)
    run.write(1)
    run.run("preview", "--diff", *LOUD)
    run.run("up", "--yes", "--skip-preview", "--event-log", str(tmp_path / "events.json"))
    run.write(2, failing=True)
    run.run("up", "--yes", "--skip-preview", succeeds=False)
    places = {place for found in run.watch.found for place in [found.partition(" in ")[2]]}
    named = {found.partition(" in ")[0] for found in run.watch.found}
    assert {"map", "environment", "output", "refused", "client key"} <= named
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
