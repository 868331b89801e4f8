"""The `slipway` command: what its subcommands are called, what they take, and how they end.

It deliberately does nothing itself and imports nothing heavy before a subcommand needs it: `slipway --help` is quick.
"""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.project import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from operations.session import Session

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

Environment = Annotated[str, typer.Argument(metavar="ENV", help="Name of the environment.", show_default="local")]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never leave the package registries for a tool.")]


@app.command()
def setup(
    *,
    offline: Offline = False,
    archive: Annotated[
        Path | None, typer.Option("--from", metavar="ARCHIVE", help="Restore the cache from a bundle first.")
    ] = None,
    tests: Annotated[bool, typer.Option("--tests", help="Also install what only the tests need.")] = False,
    optional: Annotated[
        list[str] | None, typer.Option("--with", metavar="TOOL", help="Also bring an optional tool (helm).")
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
    """  # noqa: D301 - \b is click's mark for text that must not be wrapped
    from operations.display import print_json, progress_console, working  # noqa: PLC0415 - keeps `--help` quick
    from toolchain import bundle as bundles  # noqa: PLC0415
    from toolchain import setup as set_up  # noqa: PLC0415

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


@app.command()
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
    preview: Annotated[bool, typer.Option("--preview", help="Show the preview before the update.")] = False,
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
    """  # noqa: D301
    from operations.bring_up import UpOptions, bring_up  # noqa: PLC0415
    from operations.display import progress_console  # noqa: PLC0415
    from operations.up_summary import tell  # noqa: PLC0415

    options = UpOptions(refresh=refresh, preview=preview, offline=offline, health_wait_seconds=wait, as_json=as_json)
    result = bring_up(environment, options, progress_console(as_json=as_json))
    tell(environment, result.health, result.exit_code, result.seconds, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def preview(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    diff: Annotated[bool, typer.Option("--diff", help="Show every property that would change.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Compare with what is really there.")] = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="End with exit code 7 if anything would change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write Pulumi's own JSON to standard output.")] = False,
) -> None:
    """Show what `up` would do, and change nothing.

    \b
    Examples:
      slipway preview
      slipway preview onprem --diff
      slipway preview --refresh --expect-no-changes      as a drift test
    """  # noqa: D301
    from operations.display import progress_console  # noqa: PLC0415
    from operations.foresight import show_preview  # noqa: PLC0415

    wanted = {"--diff": diff, "--refresh": refresh, "--expect-no-changes": expect_no_changes, "--json": as_json}
    flags = [flag for flag, is_set in wanted.items() if is_set]
    raise typer.Exit(show_preview(environment, flags, progress_console(as_json=as_json)))


@app.command()
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
    """  # noqa: D301
    from operations.display import print_json, progress_console  # noqa: PLC0415
    from operations.tear_down import tear_down  # noqa: PLC0415

    session = _session(environment)
    _confirm(environment, yes=yes)
    console = progress_console(as_json=as_json)
    result = tear_down(session, console, force=force, as_json=as_json)
    if as_json:
        print_json(result.model_dump_json(by_alias=True, indent=2))
    elif result.exit_code == ExitCode.OK:
        console.print(f"Nothing is left of '{environment}' ({result.seconds:.0f} s).", markup=False)
    raise typer.Exit(result.exit_code)


@app.command()
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
    """  # noqa: D301
    from operations.display import print_json, progress_console  # noqa: PLC0415
    from operations.health import check, report_table  # noqa: PLC0415
    from operations.preparation import prepare  # noqa: PLC0415

    session = _session(environment)
    prepare(session)
    console = progress_console(as_json=as_json)
    report = check.check(session, console, wait_seconds=wait, timeout_seconds=timeout)
    if as_json:
        print_json(report.model_dump_json(by_alias=True, indent=2))
    else:
        report_table.show(report, console)
    raise typer.Exit(ExitCode.OK if report.healthy else ExitCode.ERROR)


@app.command(name="list")
def list_command(*, as_json: AsJson = False) -> None:
    """Show everything that slipway has on this machine: containers, networks, volumes, images, stacks, directories.

    \b
    Examples:
      slipway list
      slipway list --json | jq '.objects[].name'
    """  # noqa: D301
    from operations.display import print_json, progress_console, working  # noqa: PLC0415
    from operations.inventory import take_inventory  # noqa: PLC0415
    from operations.inventory_table import show  # noqa: PLC0415
    from toolchain.failure import ToolchainError  # noqa: PLC0415

    console = progress_console(as_json=as_json)
    try:
        session = _session(DEFAULT_ENVIRONMENT)
    except ToolchainError:
        session = None
    with working(progress_console(as_json=True), "Looking around"):
        inventory = take_inventory(session)
    if as_json:
        print_json(inventory.model_dump_json(by_alias=True, indent=2))
    else:
        show(inventory, console)
    raise typer.Exit(ExitCode.ERROR if inventory.problems else ExitCode.OK)


@app.command()
def env(environment: Environment = DEFAULT_ENVIRONMENT, *, as_json: AsJson = False) -> None:
    """Print the variables with which plain `pulumi` works on an environment.

    \b
    Examples:
      eval "$(slipway env)" && pulumi preview --stack local
      slipway env onprem --json
    """  # noqa: D301
    from operations.display import print_json  # noqa: PLC0415
    from operations.shell_environment import ready_session, variables_json  # noqa: PLC0415

    session = ready_session(environment)
    print_json(variables_json(session) if as_json else session.export_lines())


@app.command()
def bundle(
    archive: Annotated[Path, typer.Argument(help="File to write: .tar, .tar.gz or .tar.zst.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Pack all tools and images into one archive, for `slipway setup --from` on a machine without a network.

    \b
    Examples:
      slipway bundle slipway.tar.zst
    """  # noqa: D301
    from operations.display import print_json, progress_console, working  # noqa: PLC0415
    from toolchain import bundle as bundles  # noqa: PLC0415

    console = progress_console(as_json=as_json)
    with working(console, f"Packing the cache into {archive}"):
        packed = bundles.bundle(archive)
    if as_json:
        print_json(packed.model_dump_json(indent=2))
    else:
        console.print(f"{archive}: {archive.stat().st_size / 1e6:.0f} MB", markup=False)


def main() -> None:
    """Run the command; every foreseen error is one text on standard error and an exit code."""
    from operations.boundary import exit_code_of  # noqa: PLC0415 - nothing before typer is needed for `--help`
    from toolchain.engine_access import run_with_engine_group  # noqa: PLC0415

    run_with_engine_group()
    sys.exit(exit_code_of(app))


def _session(environment: str) -> Session:
    from operations.session import open_session  # noqa: PLC0415 - keeps `--help` quick

    return open_session(environment)


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
