"""The instructions of a Dockerfile and where they stand: enough to say which line a build failed at.

It is no parser of what they mean; the builder is. Source: moby/buildkit frontend/dockerfile/parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ESCAPE = re.compile(r"#\s*escape\s*=\s*(?P<character>[\\`])\s*\Z", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?[\"']?(?P<end>\w+)[\"']?")
# BuildKit: '[build 2/3] RUN make'; the classic builder: 'Step 2/3 : RUN make'.
_STEP = re.compile(r"(?:\[(?:(?P<stage>.+) )?(?P<index>\d+)/\d+\]|Step (?P<step>\d+)/\d+ :)\s+(?P<text>.*)", re.DOTALL)
# What BuildKit counts as a step of a stage.
_STEPS = frozenset({"FROM", "RUN", "COPY", "ADD", "WORKDIR"})


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined; ``line`` counts from 1."""

    line: int
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, the first one in upper case."""
        first, *rest = self.text.split()
        return [first.upper(), *rest]


def instructions(dockerfile: str) -> list[Instruction]:
    """Return the instructions in order."""
    lines = dockerfile.splitlines()
    directive = _ESCAPE.match(lines[0]) if lines else None
    escape = directive["character"] if directive else "\\"
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        start, text = at, ""
        while at < len(lines):
            line, at = lines[at].strip(), at + 1
            if line.startswith("#") or (text and not line):
                continue  # comments and blank lines do not end an instruction
            text += " " + line.removesuffix(escape)
            if not line.endswith(escape):
                break
        if not text.strip():
            continue
        found.append(Instruction(_first_line(lines, start), text.strip()))
        for heredoc in _HEREDOC.finditer(text):
            while at < len(lines) and lines[at].strip() != heredoc["end"]:
                at += 1
            at += 1
    return found


def _first_line(lines: list[str], start: int) -> int:
    """Skip the comments and blank lines before an instruction."""
    while lines[start].strip() == "" or lines[start].strip().startswith("#"):
        start += 1
    return start + 1


def line_of_step(dockerfile: str, step: str) -> int | None:
    """Return the line of a builder's step, or None when it cannot be told.

    The text decides; where variables were filled in or two lines are equal, the step's number does.
    """
    found = _STEP.match(step)
    if not found:
        return None
    known = instructions(dockerfile)
    same = [one for one in known if one.words == Instruction(0, found["text"] or "?").words]
    if len(same) == 1:
        return same[0].line
    candidates = known if found["step"] else [one for one in known if one.words[0] in _STEPS]
    number = int(found["step"] or found["index"])
    stages = sum(one.words[0] == "FROM" for one in known)
    if (found["step"] or stages == 1) and number <= len(candidates):
        return candidates[number - 1].line
    return same[0].line if same else None
