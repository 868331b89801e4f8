"""`slipway report`: one page that shows an environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.project import DEFAULT_ENVIRONMENT


def report(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: slipway-<ENV>.html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page: topology, health, error budget, drift, last changes. Checks health once; changes nothing.

    \b
    Examples:
      slipway report
      slipway report onprem --output /var/www/onprem.html
    """
    import json

    from operations.display import print_json, progress_console
    from operations.health.check import check
    from operations.health.outputs import read_outputs
    from operations.preparation import prepare
    from operations.report.pages import write_report_page
    from operations.session import open_session
    from stacks import settings

    session = open_session(environment)
    objective = settings.load_file(session.project.stack_file(environment)).slo.objective
    prepare(session)
    console = progress_console(as_json=as_json)
    found = check(session, console)
    path = (output or Path(f"slipway-{environment}.html")).resolve()
    write_report_page(session, found, read_outputs(session), path, objective=objective)
    if as_json:
        print_json(json.dumps({"environment": environment, "page": str(path), "score": found.score}))
    else:
        console.print(f"{path.as_uri()}: score {found.score} of 100", markup=False)
