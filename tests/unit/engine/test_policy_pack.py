"""The real CLI runs a policy pack in Python through our language host, with pulumi-policy as it is published."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET, STACK

if TYPE_CHECKING:
    from .conftest import Project

PACK = """
import os, pathlib
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

pathlib.Path("PLACE/pack-pid").write_text(str(os.getpid()))

def boxes(args, report):
    if args.resource_type == "try:index:Box":
        report(f"{args.name} is a box")

def whole(args, report):
    report(f"{len(args.resources)} resources")

PolicyPack("tried", policies=[
    ResourceValidationPolicy("no-boxes", "Boxes are heavy.", boxes, EnforcementLevel.LEVEL),
    StackValidationPolicy("count", "Somebody has to count.", whole, EnforcementLevel.ADVISORY),
])
"""


@pytest.fixture
def pack(project: Project, request: pytest.FixtureRequest) -> Path:
    directory = project.directory / "pack"
    directory.mkdir(exist_ok=True)
    (directory / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    content = PACK.replace("PLACE", str(project.directory)).replace("LEVEL", request.param)
    (directory / "__main__.py").write_text(content)
    return directory


@pytest.mark.parametrize("pack", ["ADVISORY"], indirect=True)
def test_an_advisory_finding_is_told_and_the_pack_ends_with_the_preview(project: Project, pack: Path) -> None:
    code, said = project.run("preview", "--stack", STACK, "--policy-pack", str(pack))

    assert code == 0, said
    assert re.search(r"\[advisory\]\s+no-boxes", said)
    assert "box is a box" in said
    assert re.search(r"\d+ resources", said)
    assert SECRET not in said
    _eventually_gone(int(project.written("pack-pid")))


@pytest.mark.parametrize("pack", ["MANDATORY"], indirect=True)
def test_a_mandatory_finding_fails_the_preview(project: Project, pack: Path) -> None:
    code, said = project.run("preview", "--stack", STACK, "--policy-pack", str(pack))

    assert code != 0
    assert re.search(r"\[mandatory\]\s+no-boxes", said)


@pytest.mark.parametrize("pack", ["ADVISORY"], indirect=True)
def test_a_pack_that_does_not_start_says_why(project: Project, pack: Path) -> None:
    (pack / "__main__.py").write_text("raise LookupError('the rules are lost')\n")
    code, said = project.run("preview", "--stack", STACK, "--policy-pack", str(pack))

    assert code != 0
    assert "the rules are lost" in said


def _eventually_gone(process: int) -> None:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline, "the pack's process outlives the preview"
        time.sleep(0.1)
