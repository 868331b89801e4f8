"""`slipway health`: checks every layer of an environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.exit_code import ExitCode
from operations.project import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from operations.health.report import HealthReport


def health(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="Go on until healthy, at most this long.")] = 0,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C; the last round is what counts.")] = False,
    every: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="With --watch: how often.")] = 10,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="What one check may take.")] = 15,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a page with the history as charts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every layer of an environment, from its machines to a document written and read back.

    \b
    Examples:
      slipway health
      slipway health onprem --json
      slipway health --wait 300                 after maintenance
      slipway health --watch --every 30         with --json one line each round
      slipway health --html health.html
    """
    from operations.display import print_json, progress_console
    from operations.health import check, report_table
    from operations.health.watch import watch as watch_health
    from operations.preparation import prepare
    from operations.session import open_session

    if watch and wait:
        raise typer.BadParameter("--watch goes on until Ctrl-C, so --wait means nothing beside it.")
    session = open_session(environment)
    prepare(session)
    console = progress_console(as_json=as_json)

    def show(report: HealthReport) -> None:
        if as_json:
            print_json(report.model_dump_json(by_alias=True, indent=None if watch else 2))
        else:
            report_table.show(report, console)

    if watch:
        each = show if as_json else None
        last = watch_health(session, console, period_seconds=every, timeout_seconds=timeout, as_json=each)
    else:
        last = check.check(session, console, wait_seconds=wait, timeout_seconds=timeout)
        show(last)
    if html is not None and last is not None:
        from operations.report.pages import write_health_page

        write_health_page(session, last, html)
    raise typer.Exit(ExitCode.OK if last is not None and last.healthy else ExitCode.ERROR)
