"""One case file, read and checked.

It knows the format (see FORMAT.md) and runs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.plugins.cases.tags import CaseLoader, Null, fill_in

ROOT = Path(__file__).parent
Operation = Literal["up", "preview", "refresh", "destroy"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Expected(_Strict):
    """What must hold after a step."""

    steps: dict[str, str | list[str]] = Field(default_factory=dict)
    """The engine's steps by resource; what is not named must stay the same."""
    diff: dict[str, dict[str, str]] = Field(default_factory=dict)
    """The whole detailed difference by resource: property path and kind."""
    state: dict[str, Any] = Field(default_factory=dict)
    """A part of each resource's entry in the checkpoint."""
    outputs: dict[str, Any] = Field(default_factory=dict)
    """A part of the stack's outputs."""
    world: list[dict[str, Any]] = Field(default_factory=list)
    """Parts of live objects."""
    absent: list[dict[str, Any]] = Field(default_factory=list)
    """Objects that must not be there."""
    error: list[str] = Field(default_factory=list)
    """What the errors say; not empty: the operation must fail."""
    warning: list[str] = Field(default_factory=list)
    """What the warnings say."""
    silent: list[str] = Field(default_factory=list)
    """What no diagnostic says."""
    exit: int | None = None
    """The exit code; 0, or with ``error`` anything else, when not given."""


class Step(Expected):
    """Something that happens, and what must hold afterwards."""

    do: Operation | None = None
    arguments: list[str] = Field(default_factory=list)
    """More arguments for the CLI."""
    edit: dict[str, Any] = Field(default_factory=dict)
    """A merge patch of the program, from this step on."""
    change: list[dict[str, Any]] = Field(default_factory=list)
    """What somebody else does to the world; before the operation, if there is one."""
    line: int = 0

    @property
    def title(self) -> str:
        """What it does, in a word."""
        return self.do or "change"


class Case(_Strict):
    """A case."""

    title: str
    source: str = ""
    world: dict[str, Any] = Field(default_factory=dict)
    config: dict[str, str] = Field(default_factory=dict)
    environment: dict[str, str] = Field(default_factory=dict)
    processes: Literal["shared", "separate"] = "shared"
    before: list[dict[str, Any]] = Field(default_factory=list)
    program: dict[str, Any]
    exports: dict[str, Any] = Field(default_factory=dict)
    steps: list[Step] = Field(min_length=1)
    path: Path = Path()


def case_files(folder: str) -> list[Path]:
    """Return the files of one plugin's cases."""
    return sorted((ROOT / folder).glob("**/*.yaml"))


def load_case(path: Path, variables: dict[str, str]) -> Case:
    """Read a case.

    Raises:
        ValueError: the file does not have the format; the text says where.
    """
    text = path.read_text(encoding="utf-8")
    document = fill_in(yaml.load(text, Loader=CaseLoader), variables)  # noqa: S506 - a safe loader with tags
    try:
        case = Case(**document, path=path)
    except (ValidationError, TypeError) as error:
        raise ValueError(f"{path} is no case: {error}") from None
    for step, line in zip(case.steps, _step_lines(text), strict=True):
        step.line = line
    return case


def _step_lines(text: str) -> list[int]:
    root = yaml.compose(text, Loader=CaseLoader)
    assert isinstance(root, yaml.MappingNode)
    steps = next(value for key, value in root.value if key.value == "steps")
    return [node.start_mark.line + 1 for node in steps.value]


def merged(target: Any, patch: Any) -> Any:  # noqa: ANN401 - any part of a program
    """Return ``target`` with a JSON merge patch (RFC 7396); ``!null`` sets a null."""
    if isinstance(patch, Null):
        return None
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), item)
    return result
