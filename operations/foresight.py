"""`slipway preview`: Pulumi's own preview of an environment, its display, its JSON and its exit codes.

It deliberately adds nothing but the session; a stack that does not exist yet is made, as the CLI previews no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import pulumi_cli
from operations.exit_code import ExitCode
from operations.preparation import create_stack, prepare
from operations.session import open_session
from operations.stack_state import read_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console


def show_preview(environment: str, flags: Sequence[str], console: Console) -> int:
    """Run the preview and return the CLI's exit code.

    Raises:
        OperationFailedError: It cannot begin.
        stacks.settings.SettingsError: The environment's file has mistakes.
    """
    from stacks import settings  # noqa: PLC0415 - keeps `--help` quick

    session = open_session(environment)
    settings.load_file(session.project.stack_file(environment))
    prepare(session)
    # Read without regard to locks: a preview takes none, so it may run beside an update.
    if read_state(session) is None:
        console.print(f"'{environment}' does not exist yet; everything would be new.", markup=False)
        create_stack(session)
    code = pulumi_cli.run(session, "preview", "--stack", environment, *flags)
    if code == ExitCode.ERROR and (advice := pulumi_cli.advice(session)):
        console.print(advice, markup=False)
    return code
