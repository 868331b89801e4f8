"""The labelled corpus against a real environment: all found, none invented, the author right, and all put back.

The rounds run in order: each one starts from an environment that the one before has put back.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.drift.verdict import Verdict, judge, read_cases

if TYPE_CHECKING:
    from tests.drift.corpus_world import CorpusWorld

pytestmark = [pytest.mark.timeout(3600)]
AUTHORS_RIGHT = 0.95
LAYERS = {1: ("hosts", "kubernetes", "machines"), 2: ("hosts", "machines"), 3: ("machines",)}
"""While a container runtime stands still, pods move: that is told by their own layer, and not what round 2 is about."""
CANARY = "canary-of-the-corpus"


def test_nothing_is_invented_where_nothing_was_injected(world: CorpusWorld) -> None:
    report = _drift(world, 1, expected=0)
    assert (report["findings"], report["unchecked"]) == ([], [])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_injected_drift_is_found_told_and_put_back(world: CorpusWorld, number: int) -> None:
    cases = read_cases(number, world.name)
    injected: list[dict[str, Any]] = []
    try:
        for case in cases:
            injected.append(case)
            world.shell(case["inject"])
        for case in cases:
            if "settle" in case:
                world.shell(case["settle"])
        report = _drift(world, number, expected=7)
        _check(number, cases, judge(cases, report["findings"]))
        assert CANARY not in json.dumps(report)
    finally:
        for case in injected:
            if "undo" in case:
                world.shell(case["undo"])
        reverted = world.slipway("drift", world.name, "--revert", "--delete-unrecorded", "--yes", "--json")
    assert reverted.returncode == 0, reverted.stdout


def tell(line: str) -> None:
    """Show a line of the result where `pytest -s` shows it."""
    sys.stderr.write(f"\n{line}")


def _check(number: int, cases: list[dict[str, Any]], verdict: Verdict) -> None:
    right = verdict.expected - len(verdict.missed) - len(verdict.wrong_authors)
    tell(f"round {number}: {len(cases)} cases, {verdict.found} of {verdict.expected} differences found, "
          f"{len(verdict.invented)} invented, {right} authors right")  # fmt: skip
    for name in ("missed", "wrong", "invented", "wrong_authors"):
        for line in getattr(verdict, name):
            tell(f"  {name}: {line}")
    assert (verdict.missed, verdict.wrong, verdict.invented) == ([], [], [])
    assert right >= AUTHORS_RIGHT * verdict.expected


def _drift(world: CorpusWorld, number: int, *, expected: int) -> dict[str, Any]:
    started = time.monotonic()
    layers = [word for layer in LAYERS[number] for word in ("--layer", layer)]
    done = world.slipway("drift", world.name, "--json", *layers)
    tell(f"drift run: {time.monotonic() - started:.1f} s")
    assert done.returncode == expected, done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    return report
