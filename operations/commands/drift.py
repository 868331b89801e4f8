"""`slipway drift`: finds what differs between recorded and actual, and who did it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.project import DEFAULT_ENVIRONMENT


def drift(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", metavar="LAYER", help="Only machines, hosts or kubernetes; may be given again."),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page.")] = None,
    metrics: Annotated[
        Path | None, typer.Option("--metrics", metavar="FILE", help="Also write Prometheus metrics (textfile).")
    ] = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Print the change that would keep what was found.")] = False,
    revert: Annotated[bool, typer.Option("--revert", help="Put back what was found, and look again.")] = False,
    delete_unrecorded: Annotated[
        bool, typer.Option("--delete-unrecorded", help="With --revert: also delete what nobody recorded.")
    ] = False,
    timer: Annotated[
        Path | None,
        typer.Option("--timer", metavar="DIRECTORY", help="Only write units of systemd that run this each hour."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --revert: do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find what differs between what Pulumi's state records and what is really there, and who did it.

    Ends with 0 when there is no drift, 7 when there is, and 1 when there is none but something could not be looked at.

    \b
    Examples:
      slipway drift
      slipway drift onprem --layer kubernetes --json
      slipway drift --html drift.html --metrics /var/lib/node_exporter/slipway.prom
      slipway drift --revert --delete-unrecorded
      slipway drift onprem --timer /etc/systemd/system
    """
    from operations.display import progress_console
    from operations.drift.command import Wanted, run

    wanted = Wanted(
        layers=tuple(layer or ()),
        html=html,
        metrics=metrics,
        adopt=adopt,
        revert=revert,
        delete_unrecorded=delete_unrecorded,
        yes=yes,
        timer=timer,
        as_json=as_json,
    )
    raise typer.Exit(run(environment, wanted, progress_console(as_json=as_json)))
