"""Drift reports of an environment on disk: the latest, and those before it.

It deliberately keeps them in the environment's private directory, which `slipway destroy` removes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from operations.drift.finding import LAYERS, DriftReport, by_layer
from operations.json_lines import JsonLines

if TYPE_CHECKING:
    from operations.session import Session

KEPT = 500
"""Reports; with one each hour, three weeks."""


def directory(session: Session) -> Path:
    """Return where the reports of an environment are."""
    return session.directory / "drift"


def latest(session: Session) -> DriftReport | None:
    """Return the report of the run before; None when there is none that can be read."""
    path = directory(session) / "latest.json"
    try:
        return DriftReport.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        # A first run, or one of another version: everything is new then, which is true.
        return None


def keep(session: Session, report: DriftReport) -> None:
    """Add a report to the history, and make it the latest."""
    JsonLines(directory(session) / "history.jsonl", KEPT).append(report.model_dump(mode="json", by_alias=True))
    whole = with_other_layers(report, latest(session)).model_dump_json(by_alias=True, indent=2) + "\n"
    write_whole(directory(session) / "latest.json", whole)


def with_other_layers(report: DriftReport, before: DriftReport | None) -> DriftReport:
    """Add what is known of layers that this run was not asked for, or they would all be new in the next run."""
    if before is None:
        return report
    others = [layer for layer in before.layers if layer not in report.layers]
    return report.model_copy(
        update={
            "layers": tuple(layer for layer in LAYERS if layer in (*report.layers, *others)),
            "findings": by_layer([*report.findings, *(one for one in before.findings if one.layer in others)]),
            "ignored": (*report.ignored, *(one for one in before.ignored if one.finding.layer in others)),
            "looked_at": {**before.looked_at, **report.looked_at},
        }
    )


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that nobody ever sees half written."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text)
    Path(file.name).chmod(mode)
    Path(file.name).replace(path)
