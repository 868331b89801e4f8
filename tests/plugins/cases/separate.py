"""The program of cases whose program and plugin run in processes of their own.

The language host runs a two-line ``__main__.py`` that calls this.
"""

from __future__ import annotations

from pathlib import Path

from tests.plugins.cases.case import load_case, merged
from tests.plugins.cases.program import Program


def run(path: str, step: int, variables: dict[str, str]) -> None:
    """Make the resources of the case in ``path`` as they are at ``step``, counted from zero."""
    case = load_case(Path(path), variables)
    program = case.program
    for earlier in case.steps[: step + 1]:
        program = merged(program, earlier.edit)
    Program(program, case.exports)()
