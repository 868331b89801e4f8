"""`slipway destroy`: removes an environment, after a yes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.project import DEFAULT_ENVIRONMENT


def destroy(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Without Pulumi's destroy: forget the stack and remove all by label.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an environment and everything that carries its label. Nothing there is a success.

    \b
    Examples:
      slipway destroy
      slipway destroy ci --yes                  also after a run whose state is lost
      slipway destroy --force                   when the passphrase is lost or the cluster is broken
    """
    from operations.display import print_json, progress_console
    from operations.session import open_session
    from operations.tear_down import tear_down

    session = open_session(environment)
    _confirm(environment, yes=yes)
    console = progress_console(as_json=as_json)
    result = tear_down(session, console, force=force, as_json=as_json)
    if as_json:
        print_json(result.model_dump_json(by_alias=True, indent=2))
    elif result.exit_code == ExitCode.OK:
        console.print(f"Nothing is left of '{environment}' ({result.seconds:.0f} s).", markup=False)
    raise typer.Exit(result.exit_code)


def _confirm(environment: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise OperationFailedError(
            f"Destroying '{environment}' needs a yes, and there is no terminal to ask on. Add --yes.",
            ExitCode.CONFIGURATION,
        )
    if not typer.confirm(f"Destroy the environment '{environment}' and all its data?"):
        raise typer.Exit(ExitCode.CANCELLED)
