"""The file `environments/drift-ignore.yaml`.

It deliberately refuses an entry without a reason or past its end: what nobody decided again is drift again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from operations.drift.ignore import Entry, IgnoreList
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "drift-ignore.yaml"
LONGEST = timedelta(days=366)
EXAMPLE = "{layer: kubernetes, resource: catalogue/api, property: spec.replicas, reason: load test, until: 2030-01-31}"


def read_ignore_list(path: Path, *, today: date | None = None) -> IgnoreList:
    """Read the file; one that is not there holds nothing.

    Raises:
        OperationFailedError: It has mistakes; all of them are listed.
    """
    if not path.exists():
        return IgnoreList()
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _failed(path, [f"cannot be read: {error}"]) from None
    entries = content.get("ignore") if isinstance(content, dict) else None
    if not isinstance(entries, list) or set(content) != {"ignore"}:
        raise _failed(path, [f"must have one key, 'ignore', with a list of entries such as {EXAMPLE}"])
    read, problems = [], []
    for number, raw in enumerate(entries):
        entry, wrong = _entry(raw, today or datetime.now(UTC).date())
        problems += [f"ignore[{number}]{text}" for text in wrong]
        read += [entry] if entry else []
    if problems:
        raise _failed(path, problems)
    return IgnoreList(tuple(read))


def _entry(raw: Any, today: date) -> tuple[Entry | None, list[str]]:  # noqa: ANN401 - as the file has it
    try:
        entry = Entry.model_validate(raw)
    except ValidationError as error:
        return None, [_problem(detail) for detail in error.errors(include_url=False)]
    if entry.until < today:
        choices = (
            "put the difference back (--revert), make it part of the program (--adopt), or give a reason and a date"
        )
        return None, [f".until: {entry.until} is over. Decide again: {choices}"]
    if entry.until > today + LONGEST:
        return None, [f".until: {entry.until} is more than a year away; what stays that long belongs into the program"]
    return entry, []


def _problem(detail: Any) -> str:  # noqa: ANN401 - pydantic's own
    where = ".".join(str(part) for part in detail["loc"])
    missing = {
        "reason": "is missing: say why the difference is left as it is",
        "until": "is missing: say when to decide again, as 2030-01-31",
    }
    text = missing.get(where, "is missing") if detail["type"] == "missing" else detail["msg"]
    return f".{where}: {text}" if where else f": {text}"


def _failed(path: Path, problems: list[str]) -> OperationFailedError:
    listed = "\n".join(f"  - {problem}" for problem in problems)
    return OperationFailedError(
        f"{path} has mistakes, nothing was compared (see docs/drift.md):\n{listed}", ExitCode.CONFIGURATION
    )
