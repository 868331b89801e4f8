"""Small charts as SVG: a strip of past states, a line of latencies, bars of what updates spent.

It is pure; colours are classes of the page's style, so that a chart follows light and dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.availability.record import Run
    from operations.health.history import Round

MOST_ROUNDS = 60
STRIP_HEIGHT = 16
CELL = 4
LINE_WIDTH, LINE_HEIGHT = 120, 24
BAR_HEIGHT = 90
MOST_BARS = 40


def strip(rounds: Sequence[Round], layer: str, name: str) -> Markup:
    """Return one cell for each of the last rounds, newest on the right, in the colour of the check's state then."""
    cells = []
    for position, past in enumerate(rounds[-MOST_ROUNDS:]):
        check = next((each for each in past.checks if (each.layer, each.name) == (layer, name)), None)
        state = check.status.value if check else "unknown"
        said = f"{past.checked_at:%Y-%m-%d %H:%M:%S} UTC: {state}" + (
            f", {check.detail}" if check and check.detail else ""
        )
        cells.append(
            Markup('<rect class="{}" x="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                state, position * CELL, CELL - 1, STRIP_HEIGHT, said
            )
        )
    width = max(len(cells), 1) * CELL
    return _svg(width, STRIP_HEIGHT, cells, label=f"Past states of {name}")


def line(values: Sequence[float], label: str) -> Markup:
    """Return a line through values in milliseconds, scaled to the largest; nothing for fewer than two."""
    shown = list(values)[-MOST_ROUNDS:]
    if len(shown) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    top = max(*shown, 1.0)
    step = LINE_WIDTH / (len(shown) - 1)
    heights = (LINE_HEIGHT - 2 - value / top * (LINE_HEIGHT - 4) for value in shown)
    points = " ".join(f"{index * step:.1f},{height:.1f}" for index, height in enumerate(heights))
    drawn = Markup('<polyline class="line" points="{}"/>').format(points)
    return _svg(LINE_WIDTH, LINE_HEIGHT, [drawn], label=f"{label}, at most {top:.0f} ms")


def latencies(rounds: Sequence[Round], layer: str, name: str) -> Markup:
    """Return the line of a check's latencies over the last rounds."""
    of_check = (check for past in rounds for check in past.checks if (check.layer, check.name) == (layer, name))
    values = [float(check.latency_ms) for check in of_check]
    return line(values, f"Latency of {name}")


def bars(runs: Sequence[Run]) -> Markup:
    """Return one bar for each of the last runs: as high as its p99, and red when a request failed."""
    shown = list(runs)[-MOST_BARS:]
    top = max((run.p99_ms or 0 for run in shown), default=0) or 1
    drawn = []
    for position, run in enumerate(shown):
        height = max((run.p99_ms or 0) / top * (BAR_HEIGHT - 4), 3)
        said = (
            f"{run.started_at:%Y-%m-%d %H:%M} UTC, {run.reason}: {run.requests} requests, {run.failures} failed, "
            f"p99 {run.p99_ms or 0:.0f} ms, {run.spent_seconds:.1f} s spent"
        )
        drawn.append(
            Markup('<rect class="{}" x="{}" y="{:.1f}" width="14" height="{:.1f}"><title>{}</title></rect>').format(
                "unhealthy" if run.failures else "healthy", position * 20, BAR_HEIGHT - height, height, said
            )
        )
    label = f"p99 of the last {len(shown)} runs, at most {top:.0f} ms"
    return _svg(max(len(shown) * 20, 20), BAR_HEIGHT, drawn, label=label)


def _svg(width: float, height: float, content: Sequence[Markup], *, label: str) -> Markup:
    return Markup('<svg role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>').format(
        escape(label), width, height, width, height, Markup("").join(content)
    )
