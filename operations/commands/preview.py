"""`slipway preview`: what an update would do."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.commands.arguments import Environment
from operations.project import DEFAULT_ENVIRONMENT


def preview(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    diff: Annotated[bool, typer.Option("--diff", help="Show every property that would change.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Compare with what is really there.")] = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="End with exit code 7 if anything would change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write Pulumi's own JSON to standard output.")] = False,
) -> None:
    """Show what `up` would do, and change nothing.

    \b
    Examples:
      slipway preview
      slipway preview onprem --diff
      slipway preview --refresh --expect-no-changes      as a drift test
    """
    from operations.display import progress_console
    from operations.foresight import show_preview

    wanted = {"--diff": diff, "--refresh": refresh, "--expect-no-changes": expect_no_changes, "--json": as_json}
    flags = [flag for flag, is_set in wanted.items() if is_set]
    raise typer.Exit(show_preview(environment, flags, progress_console(as_json=as_json)))
