"""The one error that ends a command of slipway: a text for the person on call and the exit code that goes with it.

It deliberately is not for results that are merely bad news, such as an unhealthy environment: those are reports.
"""

from __future__ import annotations

from operations.exit_code import ExitCode


class OperationFailedError(Exception):
    """A command cannot go on.

    Args:
        text: What happened, where, what was expected, and what to do next.
        code: The exit code of the command.
    """

    def __init__(self, text: str, code: ExitCode | int = ExitCode.ERROR) -> None:
        super().__init__(text)
        self.code = int(code)
