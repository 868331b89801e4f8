"""Where slipway's own commands write: results on standard output, progress beside it.

It deliberately draws nothing while Pulumi runs; Pulumi's display is the best progress there is for its own work.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console


def progress_console(*, as_json: bool) -> Console:
    """Return the console for progress; with `--json` standard output is left to the result alone."""
    from rich.console import Console  # noqa: PLC0415 - keeps `--help` quick

    return Console(stderr=as_json, highlight=False, soft_wrap=True)


@contextmanager
def working(console: Console, text: str) -> Iterator[None]:
    """Show that something is under way: a spinner on a terminal, one plain line elsewhere."""
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        console.print(f"{text} ...", markup=False)
        yield


def print_json(document: str) -> None:
    """Write the one JSON document of a command to standard output."""
    sys.stdout.write(document.rstrip() + "\n")
    sys.stdout.flush()
