"""`slipway emulator`: an AWS on this machine, for trying the place `aws` without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from operations.commands.arguments import AsJson

if TYPE_CHECKING:
    from rich.console import Console

    from toolchain.emulator.life import CloudStatus

EmulatedEnvironment = Annotated[str, typer.Argument(metavar="ENV", help="Name of the environment.")]

app = typer.Typer(
    name="emulator",
    help="Start, find and stop the emulated AWS of an environment; `slipway up` starts it by itself.",
    no_args_is_help=True,
)


@app.command()
def start(
    environment: EmulatedEnvironment,
    *,
    cidr: Annotated[str, typer.Option(help="Addresses of its network.")] = "172.31.244.0/24",
    port: Annotated[int, typer.Option(help="Port of the AWS API, at the network's first address.")] = 4566,
    registry_port: Annotated[int, typer.Option(help="Loopback port of the registry.")] = 5544,
    region: Annotated[str, typer.Option(help="The one region that it has.")] = "eu-central-1",
    as_json: AsJson = False,
) -> None:
    """Start the emulated AWS of an environment, unless it runs.

    \b
    Examples:
      slipway emulator start try
      slipway emulator start try --cidr 172.31.90.0/24 --port 4570 --registry-port 5545
      slipway emulator start try --json | jq -r .endpoint
    """
    from operations.display import progress_console, working
    from operations.project import check_environment_name
    from toolchain.emulator import life

    check_environment_name(environment)
    console = progress_console(as_json=as_json)
    with working(console, "Starting the emulated AWS"):
        found = life.start(environment, cidr=cidr, port=port, registry_port=registry_port, region=region)
    _show(found, console, as_json=as_json)


@app.command()
def stop(environment: EmulatedEnvironment, *, as_json: AsJson = False) -> None:
    """End the emulated AWS of an environment with everything in it.

    \b
    Examples:
      slipway emulator stop try
    """
    from operations.display import progress_console, working
    from operations.project import check_environment_name
    from toolchain.emulator import life

    check_environment_name(environment)
    console = progress_console(as_json=as_json)
    with working(console, "Stopping the emulated AWS"):
        life.stop(environment)
    _show(life.status(environment), console, as_json=as_json)


@app.command()
def status(environment: EmulatedEnvironment, *, as_json: AsJson = False) -> None:
    """Show what there is of the emulated AWS of an environment.

    \b
    Examples:
      slipway emulator status try
      slipway emulator status try --json | jq .containers
    """
    from operations.display import progress_console
    from operations.project import check_environment_name
    from toolchain.emulator import life

    check_environment_name(environment)
    _show(life.status(environment), progress_console(as_json=as_json), as_json=as_json)


def _show(found: CloudStatus, console: Console, *, as_json: bool) -> None:
    from operations.display import print_json

    if as_json:
        print_json(found.model_dump_json(by_alias=True, indent=2))
        return
    if not found.running:
        console.print(f"The emulated AWS of '{found.environment}' does not run.", markup=False)
        return
    lines = {
        "API": f"{found.endpoint} ({found.region}), process {found.process_id}",
        "registry": f"{found.registry} for pushing from this computer",
        "machine image": found.image_id,
        **found.containers,
    }
    for name, text in lines.items():
        console.print(f"{name:<16} {text}", markup=False)
