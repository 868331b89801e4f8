"""The `slipway` command: its subcommands in the order in which `--help` shows them.

It deliberately does nothing itself; each subcommand is a module of operations/commands.
"""

from __future__ import annotations

import sys

import typer

from operations.commands import (
    affected,
    bundle,
    destroy,
    drift,
    emulator,
    env,
    health,
    list_everything,
    preflight,
    preview,
    report,
    setup,
    slo,
    up,
)

# Help without rich: markup and boxes cost a tenth of a second and wrap the examples.
app = typer.Typer(
    name="slipway",
    help="Turns machines into a Kubernetes platform with an application on it, and keeps proving that it works.",
    epilog="Environments are the files environments/Pulumi.<name>.yaml. Exit codes are those of the Pulumi CLI.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

app.command(name="setup")(setup.setup)
app.command(name="preflight")(preflight.preflight)
app.command(name="up")(up.up)
app.command(name="preview")(preview.preview)
app.command(name="affected")(affected.affected)
app.command(name="destroy")(destroy.destroy)
app.command(name="health")(health.health)
app.command(name="drift")(drift.drift)
app.command(name="slo")(slo.slo)
app.command(name="report")(report.report)
app.command(name="list")(list_everything.list_everything)
app.command(name="env")(env.env)
app.add_typer(emulator.app)
app.command(name="bundle")(bundle.bundle)


def main() -> None:
    """Run the command; every foreseen error is one text on standard error and an exit code."""
    from operations.boundary import exit_code_of  # noqa: PLC0415 - nothing before typer is needed for `--help`
    from toolchain.engine_access import run_with_engine_group  # noqa: PLC0415

    run_with_engine_group()
    sys.exit(exit_code_of(app))
