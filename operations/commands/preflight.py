"""`slipway preflight`: looks at hosts that exist already before anything is changed on them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from operations.commands.arguments import AsJson, Environment
from operations.exit_code import ExitCode
from operations.project import DEFAULT_ENVIRONMENT


def preflight(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    accept_new_host_keys: Annotated[
        bool, typer.Option("--accept-new-host-keys", help="Pin the keys of hosts that nobody has confirmed yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at the hosts of an environment, all at once, and tell everything that is in the way. Changes nothing there.

    On a terminal it asks for each host key that nobody has confirmed; what is confirmed is kept on this computer.

    \b
    Examples:
      slipway preflight onprem
      slipway preflight onprem --json
    """
    from operations.display import print_json, progress_console
    from operations.preflight import table
    from operations.preflight.before_up import look_at_hosts

    ask = (lambda _host, _fingerprint: True) if accept_new_host_keys else _asked if sys.stdin.isatty() else None
    report = look_at_hosts(environment, ask)
    if as_json:
        print_json(report.model_dump_json(by_alias=True, indent=2))
    else:
        table.show(report, progress_console(as_json=False))
    raise typer.Exit(ExitCode.OK if report.passed else ExitCode.ERROR)


def _asked(host: str, fingerprint: str) -> bool:
    return typer.confirm(f"{host} shows the host key {fingerprint}. Is that right?")
