"""Gathers what a page shows, and writes it: `slipway report`, and the charts of `slipway health --html`.

The template says how it looks; it deliberately loads nothing from anywhere, so that a page can be mailed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from operations.availability.words import outcome
from operations.health.history import rounds_of
from operations.json_lines import replace
from operations.report import charts, topology

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jinja2 import Template
    from markupsafe import Markup

    from operations.availability.record import Budget, Run
    from operations.health.history import Round
    from operations.health.outputs import Outputs
    from operations.health.report import HealthReport
    from operations.report.drift_summary import DriftSummary
    from operations.report.past_changes import PastChange
    from operations.session import Session

MOST_RUNS = 15


@dataclass(frozen=True)
class Content:
    """What a page shows; a health page has no more than health."""

    report: HealthReport
    rounds: Sequence[Round]
    full: bool = False
    picture: Markup | None = None
    budget: Budget | None = None
    runs: Sequence[Run] = ()
    drift: DriftSummary | None = None
    past: Sequence[PastChange] = field(default_factory=tuple)


def write_health_page(session: Session, report: HealthReport, path: Path) -> None:
    """Write the page of one health report and its history."""
    replace(path, render(Content(report, rounds_of(session))).encode())


def write_report_page(
    session: Session, report: HealthReport, outputs: Outputs, path: Path, *, objective: float
) -> None:
    """Write the page of an environment.

    Raises:
        PulumiFailedError: Pulumi's history cannot be read.
    """
    from operations.availability.watch import record_spent, runs_of  # noqa: PLC0415 - a health page needs none of it
    from operations.report.drift_summary import drift_summary  # noqa: PLC0415
    from operations.report.past_changes import past_changes  # noqa: PLC0415

    content = Content(
        report,
        rounds_of(session),
        full=True,
        picture=topology.draw(outputs, report),
        budget=record_spent(session, objective),
        runs=runs_of(session),
        drift=drift_summary(session),
        past=past_changes(session),
    )
    replace(path, render(content).encode())


def render(content: Content) -> str:
    """Return the page."""
    return _template().render(content=content, charts=charts, outcome=outcome, most_runs=MOST_RUNS)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("operations.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
