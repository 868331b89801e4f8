"""`slipway setup`: makes this machine ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Offline


def setup(
    *,
    offline: Offline = False,
    archive: Annotated[
        Path | None, typer.Option("--from", metavar="ARCHIVE", help="Restore the cache from a bundle first.")
    ] = None,
    tests: Annotated[bool, typer.Option("--tests", help="Also install what only the tests need.")] = False,
    optional: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME", help="Also bring an optional tool (helm) or image (drift-runtime)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make this machine ready: container engine, tools, images. Takes under 2 s when all is there.

    \b
    Examples:
      slipway setup
      slipway setup --offline
      slipway setup --with helm                 for stacks that use charts
      slipway setup --from slipway.tar.zst      on a machine without any network
    """
    from operations.display import print_json, progress_console, working
    from toolchain import bundle as bundles
    from toolchain import setup as set_up

    console = progress_console(as_json=as_json)
    if archive is not None:
        with working(console, f"Restoring the cache from {archive}"):
            bundles.restore(archive)
    # A bundle is for machines without a network, where a release address would only be waited for.
    offline = offline or archive is not None
    report = set_up.run(
        offline=offline, console=console, report=not as_json, tests=tests, optional=tuple(optional or ())
    )
    if as_json:
        print_json(report.model_dump_json(indent=2))
