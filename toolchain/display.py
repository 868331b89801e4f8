"""What a person sees while tools are made: what runs now, and one line for each tool that is ready or failed.

It deliberately decides nothing and keeps no results; on a pipe it prints plain lines and never redraws.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Self

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import TaskID

    from toolchain.report import ToolLine


class Display(AbstractContextManager["Display"]):
    """Progress on a console; may be used from several threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def doing(self, key: str, text: str) -> None:
        """Say what happens to `key` now; a second call replaces the first."""
        if not self._console.is_terminal:
            self._line(f"  {key:<24} {text} ...")
        elif key in self._tasks:
            self._progress.update(self._tasks[key], description=f"{key}  {text}")
        else:
            self._tasks[key] = self._progress.add_task(f"{key}  {text}", total=None)

    def over(self, key: str) -> None:
        """Take `key` off the list of what runs."""
        task = self._tasks.pop(key, None)
        if task is not None:
            self._progress.remove_task(task)

    def ready(self, line: ToolLine) -> None:
        """Show a finished tool."""
        time = f"{line.seconds:8.1f} s" if line.seconds else " " * 10
        self._line(f"  {line.name:<24} {line.version:<10} {line.outcome:<11}{time}  {line.note}".rstrip())

    def failed(self, name: str, text: str) -> None:
        """Show a failure as soon as it is known; other work goes on."""
        self._line(f"  {name:<24} failed: {text.splitlines()[0]}", style="red")

    def note(self, text: str) -> None:
        """Show one line of explanation."""
        self._line(f"  {text}", style="dim")

    def _line(self, text: str, style: str | None = None) -> None:
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
