"""The whole set-up of a machine in one call: the machine itself, the tools, the images.

It deliberately knows no command line and no environment; `slipway setup` is a thin caller, and so is `make up`.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING

from toolchain.cache import Cache
from toolchain.definition import load_tools
from toolchain.display import Display
from toolchain.failure import ToolchainError
from toolchain.provision import Provision
from toolchain.report import ImageLine, MachineLine, Outcome, SetupReport, ToolLine
from toolchain.sources.release import ReleaseChannel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.console import Console


def run(
    *, offline: bool, console: Console, report: bool = False, tests: bool = False, optional: Collection[str] = ()
) -> SetupReport:
    """Make this machine ready: container engine, tools, images. Safe to repeat; takes under 2 s when all is there.

    Args:
        offline: Never leave the package registries: no release address is tried.
        console: Where progress goes; plain lines when it is no terminal.
        report: End with the list of where the time went.
        tests: Install what only the tests need as well (a browser).
        optional: Names of optional tools and images to bring as well.

    Raises:
        ToolchainError: Something is missing; the text says what was tried and what to do.
    """
    started = time.monotonic()
    # Late, because the recipes look up tools while they are imported.
    recipes = importlib.import_module("toolchain.images.recipe")
    offered = recipes.optional_names()
    left_out = [name for name in offered if name not in optional]
    tools = {name for name in optional if name not in offered}
    tools |= {tool for name in offered if name in optional for tool in _optional_tools(recipes.load_recipe(name).tools)}
    cache = Cache(load_tools().including(sorted(tools)))
    machine = _machine(console, tests=tests)
    lines = set_up_tools(offline=offline, console=console, cache=cache)
    images = _images(console, [name for name in recipes.recipe_names() if name not in left_out])
    done = SetupReport(machine=machine, tools=lines, images=images, seconds=round(time.monotonic() - started, 2))
    if report:
        _show_times(done, console)
    return done


def set_up_tools(*, offline: bool, console: Console, cache: Cache | None = None) -> tuple[ToolLine, ...]:
    """Bring every tool into the cache, and nothing else.

    Raises:
        ProvisionError: Some tools could not be had.
    """
    store = cache or Cache(load_tools())
    if all(store.find(tool) for tool in store.tools.tool):
        lines = tuple(_cached(store))
        names = ", ".join(f"{line.name} {line.version}" for line in lines)
        console.print(f"tools: {len(lines)} cached ({names})", markup=False, highlight=False)
        return lines
    console.print("tools:")
    with Display(console) as display:
        return Provision(store, ReleaseChannel(offline=offline), display).run()


def _optional_tools(executables: Collection[str]) -> list[str]:
    """Return the optional tools that offer some of these executables: what an optional image is made of."""
    return [tool.name for tool in load_tools().optional_tool if set(tool.executables) & set(executables)]


def _cached(store: Cache) -> list[ToolLine]:
    return [
        ToolLine(name=tool.name, version=tool.version, outcome=Outcome.CACHED, seconds=0.0, path=store.directory(tool))
        for tool in store.tools.tool
    ]


def _machine(console: Console, *, tests: bool) -> tuple[MachineLine, ...]:
    from toolchain import machine  # noqa: PLC0415 - tools alone can be set up without an engine

    return machine.prepare(console, tests=tests)


def _images(console: Console, names: Sequence[str]) -> tuple[ImageLine, ...]:
    outcomes = importlib.import_module("toolchain.images.build").build_all(console, names)
    if failed := [image for image in outcomes if image.status == "failed"]:
        raise ToolchainError("\n\n".join(f"image {image.name}: {image.failure}" for image in failed))
    return tuple(ImageLine(name=image.name, outcome=image.status, seconds=image.seconds) for image in outcomes)


def _show_times(done: SetupReport, console: Console) -> None:
    spent = [(line.seconds, line.name) for line in (*done.machine, *done.tools, *done.images) if line.seconds]
    console.print(f"set-up took {done.seconds:.1f} s; the longest parts:", highlight=False)
    for seconds, name in sorted(spent, reverse=True)[:10]:
        console.print(f"  {seconds:8.1f} s  {name}", markup=False, highlight=False)
