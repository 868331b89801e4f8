"""A drift report as one HTML page that needs nothing but itself.

It deliberately holds no script: it can be opened from a mail or an artifact of CI.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from operations.drift.report_table import author_text, summary

if TYPE_CHECKING:
    from operations.drift.finding import DriftReport

TEMPLATE = Path(__file__).with_name("report.html.j2")


def page(report: DriftReport) -> str:
    """Return the page; every text in it is escaped."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["author"] = author_text
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(report=report, summary=summary(report), new={*report.new})
