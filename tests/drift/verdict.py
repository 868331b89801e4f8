"""Compares what a run found with what the cases expect: found, missed, invented, and whose name was right.

It is pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).with_name("corpus")
COMPARED = ("change", "was", "is")


@dataclass
class Verdict:
    """What came of a run."""

    expected: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Found, with another value than expected."""
    invented: list[str] = field(default_factory=list)
    wrong_authors: list[str] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many expected findings were found."""
        return self.expected - len(self.missed)


def read_cases(number: int, environment: str) -> list[dict[str, Any]]:
    """Return the cases of a round, the environment's name filled in."""
    cases = []
    for path in sorted(CORPUS.glob("*.yaml")):
        cases += [_filled(case, environment) for case in yaml.safe_load(path.read_text()) if case["round"] == number]
    return cases


def judge(cases: list[dict[str, Any]], findings: list[dict[str, Any]]) -> Verdict:
    """Compare."""
    verdict = Verdict()
    left = {_key(finding): finding for finding in findings}
    for case in cases:
        for expectation in case["expect"]:
            verdict.expected += 1
            finding = left.pop(_key(expectation), None)
            if finding is None:
                verdict.missed.append(f"{case['name']}: {_key(expectation)}")
                continue
            verdict.wrong += [
                f"{case['name']}: {name} is {finding[name]!r}, expected {expectation[name]!r}"
                for name in COMPARED
                if name in expectation and not _fits(expectation[name], finding[name])
            ]
            author = (finding["author"] or {}).get("name")
            if author != expectation["author"]:
                verdict.wrong_authors.append(f"{case['name']}: {author!r}, expected {expectation['author']!r}")
    verdict.invented = [f"{key}: {finding['was']!r} -> {finding['is']!r}" for key, finding in left.items()]
    return verdict


def _key(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    return entry["layer"], entry.get("kind", "Host"), entry["resource"], entry["property"]


def _fits(expected: str, actual: str) -> bool:
    return expected[1:] in actual if expected.startswith("~") else expected == actual


def _filled(value: Any, environment: str) -> Any:  # noqa: ANN401 - YAML
    if isinstance(value, dict):
        # The shell fills in its own commands.
        return {
            key: item if key in ("inject", "undo", "settle") else _filled(item, environment)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    return value.replace("$NAME", environment) if isinstance(value, str) else value
