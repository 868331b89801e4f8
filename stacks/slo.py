"""The output `slo`: objective and window from the environment file, the endpoints that it holds for, and what is spent.

What is spent is measured, not decided: `slipway` measures it, keeps the history, and leaves the sum in a file for each
update. So the output says what was spent when the update began; a program run without `slipway` says nothing of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW_DAYS = 30.4375
"""A twelfth of a year: four nines of it are 4.38 minutes."""
SECONDS_PER_DAY = 86400
SPENT_FILE = "SLIPWAY_SPENT_FILE"
"""Variable that names the file; `slipway env` sets it too."""


def output(objective: float, endpoints: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the output; `endpoints` are the public ones, each with what it takes to ask it."""
    budget = (100 - objective) / 100 * WINDOW_DAYS * SECONDS_PER_DAY
    spent = spent_seconds()
    return {
        "objective": objective,
        "windowDays": WINDOW_DAYS,
        "budgetSeconds": round(budget, 1),
        "spentSeconds": spent,
        "leftSeconds": None if spent is None else round(budget - spent, 1),
        "endpoints": list(endpoints),
    }


def spent_seconds() -> float | None:
    """Return what was spent of the budget when this update began; None when nobody measured."""
    try:
        return float(json.loads(Path(os.environ[SPENT_FILE]).read_text(encoding="utf-8"))["spentSeconds"])
    except (KeyError, OSError, ValueError, TypeError):
        return None
