"""`slipway list`: what slipway has on this machine."""

from __future__ import annotations

import typer

from operations.commands.arguments import AsJson
from operations.exit_code import ExitCode
from operations.project import DEFAULT_ENVIRONMENT


def list_everything(*, as_json: AsJson = False) -> None:
    """Show everything that slipway has on this machine: containers, networks, volumes, images, stacks, directories.

    \b
    Examples:
      slipway list
      slipway list --json | jq '.objects[].name'
    """
    from operations.display import print_json, progress_console, working
    from operations.inventory import take_inventory
    from operations.inventory_table import show
    from operations.session import open_session
    from toolchain.failure import ToolchainError

    console = progress_console(as_json=as_json)
    try:
        session = open_session(DEFAULT_ENVIRONMENT)
    except ToolchainError:
        session = None
    with working(progress_console(as_json=True), "Looking around"):
        inventory = take_inventory(session)
    if as_json:
        print_json(inventory.model_dump_json(by_alias=True, indent=2))
    else:
        show(inventory, console)
    raise typer.Exit(ExitCode.ERROR if inventory.problems else ExitCode.OK)
