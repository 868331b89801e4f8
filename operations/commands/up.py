"""`slipway up`: brings an environment to life, or up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment, Offline
from operations.project import DEFAULT_ENVIRONMENT


def up(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    refresh: Annotated[
        bool | None,
        typer.Option(
            "--refresh/--no-refresh",
            help="Ask every provider about every resource first, or trust the state. "
            "Default: only look for machines that are gone or stopped.",
            show_default=False,
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the preview first, and refuse what breaks the policies.")
    ] = False,
    replace: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Make a worker anew, or all of a pool, one after the other. Repeatable."),
    ] = None,
    spend_budget: Annotated[
        bool, typer.Option("--spend-budget", help="Begin although the month's error budget is gone.")
    ] = False,
    offline: Offline = False,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for health at the end.")] = 180,
    as_json: AsJson = False,
) -> None:
    """Bring an environment to life, or up to date, and check its health. Safe to repeat and to interrupt.

    \b
    Examples:
      slipway up
      slipway up onprem --preview
      slipway up --refresh                      also find what drifted
      slipway up --replace general              every machine of the pool anew, without an interruption
    """
    from operations.bring_up import UpOptions, bring_up
    from operations.display import progress_console
    from operations.up_summary import tell

    options = UpOptions(
        refresh=refresh,
        preview=preview,
        offline=offline,
        health_wait_seconds=wait,
        as_json=as_json,
        spend_budget=spend_budget,
        replace=tuple(replace or ()),
    )
    result = bring_up(environment, options, progress_console(as_json=as_json))
    tell(environment, result, as_json=as_json)
    raise typer.Exit(result.exit_code)
