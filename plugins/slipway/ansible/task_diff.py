"""What a task changes, or would change, as the lines of a unified diff.

It deliberately knows no secrets itself: contents are redacted before they are compared, since a diff may split them.
"""

import difflib
from collections.abc import Callable, Iterator
from typing import Any

SHOWN_LINES = 60
"""Of one file; the rest is only counted."""
CONTEXT_LINES = 1


def diff_text(result: dict[str, Any], redact: Callable[[str], str]) -> str:
    """Return the diffs of a task's result, one after the other; empty when the task reports none.

    Source: ansible.plugins.callback.CallbackBase._get_diff, which prints the same from the same keys.
    """
    return "\n".join(text for item in _items(result) for text in _texts(item, redact))


def _items(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the result itself, and those of its items if the task is a loop."""
    for each in (result, *(item for item in result.get("results") or () if isinstance(item, dict))):
        diffs = each.get("diff") or []
        yield from (diff for diff in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(diff, dict))


def _texts(diff: dict[str, Any], redact: Callable[[str], str]) -> Iterator[str]:
    if diff.get("prepared"):
        yield _shortened(redact(str(diff["prepared"])).splitlines())
    if "before" not in diff and "after" not in diff:
        return
    before, after = (redact(_lines(diff.get(side))).splitlines() for side in ("before", "after"))
    old, new = (redact(str(diff.get(f"{side}_header") or side)) for side in ("before", "after"))
    lines = list(difflib.unified_diff(before, after, old, new, lineterm="", n=CONTEXT_LINES))
    if not lines and diff.get("before_header") != diff.get("after_header"):
        # Contents are equal or hidden; what differs is a mode, or whether the file is there.
        lines = [f"--- {old}", f"+++ {new}"]
    if lines:
        yield _shortened(lines)


def _lines(content: object) -> str:
    """Return the text of one side; modules without a file report a mapping."""
    if isinstance(content, dict):
        return "\n".join(f"{key}: {value}" for key, value in sorted(content.items()))
    return "" if content is None else str(content)


def _shortened(lines: list[str]) -> str:
    hidden = len(lines) - SHOWN_LINES
    return "\n".join([*lines[:SHOWN_LINES], *([f"... and {hidden} more lines"] if hidden > 0 else [])])
