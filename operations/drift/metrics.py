"""A report as Prometheus metrics, for the textfile collector of node_exporter.

It deliberately counts only: names of resources as labels would make a new series with every drift.
Format: https://prometheus.io/docs/instrumenting/exposition_formats
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.drift.finding import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.drift.finding import DriftReport


def metrics_text(report: DriftReport) -> str:
    """Return the metrics of one run."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: DriftReport) -> Iterator[str]:
    own = f'environment="{report.environment}"'
    yield from _head("slipway_drift_findings", "Differences between recorded and actual that no entry ignores.")
    for layer in report.layers:
        for change in Change:
            count = sum(one.layer == layer and one.change is change for one in report.findings)
            yield f'slipway_drift_findings{{{own},layer="{layer}",change="{change}"}} {count}'
    yield from _head("slipway_drift_unchecked", "Parts that could not be looked at.")
    for layer in report.layers:
        count = sum(one.layer == layer for one in report.unchecked)
        yield f'slipway_drift_unchecked{{{own},layer="{layer}"}} {count}'
    for name, text, value in (
        ("new_findings", "Differences that the run before did not have.", len(report.new)),
        ("ignored_findings", "Differences that an entry ignores.", len(report.ignored)),
        ("compared_objects", "Things that were compared.", report.objects),
        ("duration_seconds", "How long the run took.", report.seconds),
        ("last_run_timestamp_seconds", "When the run ended.", round(report.checked_at.timestamp(), 3)),
    ):
        yield from _head(f"slipway_drift_{name}", text)
        yield f"slipway_drift_{name}{{{own}}} {value}"


def _head(name: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
