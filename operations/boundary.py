"""Where errors end: turns every foreseen one into a text on standard error and an exit code.

It deliberately lets unforeseen errors through with their traceback: those are defects and must not look like advice.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from typer.exceptions import TyperException

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence


def exit_code_of(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments, those of the process when omitted, and return the exit code."""
    try:
        ended = app(args=arguments, prog_name="slipway", standalone_mode=False)
    except TyperException as usage:
        # Its name is public, what it can do is not typed: typer carries click inside since 0.29.
        usage.show()  # type: ignore[attr-defined]
        return ExitCode.CONFIGURATION
    except (KeyboardInterrupt, typer.Abort):
        return _report("interrupted", ExitCode.CANCELLED)
    except OperationFailedError as error:
        return _report(str(error), error.code)
    except Exception as error:
        code = _foreseen(error)
        if code is None:
            raise
        return _report(str(error), code)
    return ended if isinstance(ended, int) else ExitCode.OK


def _foreseen(error: Exception) -> int | None:
    """Return the exit code of an error of another part of slipway; only what was imported can have been raised."""
    kinds = (
        ("stacks.settings", "SettingsError", ExitCode.CONFIGURATION),
        ("toolchain.failure", "ToolchainError", ExitCode.ERROR),
        ("docker.errors", "DockerException", ExitCode.ERROR),
    )
    for module, name, code in kinds:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return code
    return None


def _report(text: str, code: int) -> int:
    sys.stderr.write(f"error: {text}\n")
    return int(code)
