"""`slipway health`: checks every layer of an environment."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.exit_code import ExitCode
from operations.project import DEFAULT_ENVIRONMENT


def health(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="Go on until healthy, at most this long.")] = 0,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="What one check may take.")] = 15,
    as_json: AsJson = False,
) -> None:
    """Check every layer of an environment, from its machines to a document written and read back.

    \b
    Examples:
      slipway health
      slipway health onprem --json
      slipway health --wait 300                 after maintenance
    """
    from operations.display import print_json, progress_console
    from operations.health import check, report_table
    from operations.preparation import prepare
    from operations.session import open_session

    session = open_session(environment)
    prepare(session)
    console = progress_console(as_json=as_json)
    report = check.check(session, console, wait_seconds=wait, timeout_seconds=timeout)
    if as_json:
        print_json(report.model_dump_json(by_alias=True, indent=2))
    else:
        report_table.show(report, console)
    raise typer.Exit(ExitCode.OK if report.healthy else ExitCode.ERROR)
