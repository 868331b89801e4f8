"""Drift in each layer is found with its author, and put back; the whole corpus is in tests/drift.

It runs before the other tests of this folder, on the environment as it came up, and leaves it as it was.
"""

from __future__ import annotations

import grp
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import NAME

if TYPE_CHECKING:
    from tests.e2e.environment import EndToEnd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
MACHINE = f"slipway-{NAME}-general-0"
CONFIGURATION = "/etc/containerd/config.toml"


def test_drift_is_found_in_every_layer_and_nothing_is_invented(environment: EndToEnd) -> None:
    environment.kubectl("-n", "catalogue", "label", "service", "api", "team=red")
    _docker("exec", MACHINE, "sh", "-c", f"echo '# tuned' >> {CONFIGURATION}")
    _docker("update", "--cpu-shares", "512", MACHINE)
    try:
        done = environment.slipway("drift", NAME, "--json")
    finally:
        _docker("exec", MACHINE, "sed", "-i", "/^# tuned$/d", CONFIGURATION)
        # As old as it was: a file that is newer than what runs would be drift.
        _docker("exec", MACHINE, "touch", "-r", "/etc/systemd/system/containerd.service", CONFIGURATION)
        _docker("update", "--cpu-shares", "1024", MACHINE)
    report = json.loads(done.stdout)
    assert done.returncode == 7, report
    found = {(one["layer"], one["resource"], one["property"]): one["author"]["name"] for one in report["findings"]}
    assert found == {
        ("machines", MACHINE, "cpuShares"): _who_may_use_the_engine(),
        ("hosts", "general-0", f"file {CONFIGURATION}"): _who_may_use_the_engine(),
        ("kubernetes", "catalogue/api", "metadata.labels.team"): "kubernetes-admin",
    }
    assert report["unchecked"] == []


def test_drift_is_put_back(environment: EndToEnd) -> None:
    done = environment.slipway("drift", NAME, "--layer", "kubernetes", "--revert", "--yes", "--json")
    assert done.returncode == 0, done.stdout
    labels = environment.kubectl("-n", "catalogue", "get", "service", "api", "-o", "jsonpath={.metadata.labels}")
    assert "team" not in labels


def _who_may_use_the_engine() -> str:
    """Return root, and whoever of this machine's users is in the engine's group: the engine tells them not apart."""
    group = grp.getgrgid(Path("/var/run/docker.sock").stat().st_gid)
    return " or ".join(["root", *(name for name in group.gr_mem if name != "root")])


def _docker(*arguments: str) -> None:
    subprocess.run(["docker", *arguments], check=True, capture_output=True)
