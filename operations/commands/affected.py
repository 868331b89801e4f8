"""`slipway affected`: which environments a change touches, and their previews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import AsJson

SHOWN_FILES = 3


def affected(
    *,
    base: Annotated[str, typer.Option(metavar="REF", help="Commit, branch or tag to compare with.")] = "main",
    preview: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Preview them, too: one page each into this folder.", show_default=False),
    ] = None,
    at_once: Annotated[int, typer.Option("--parallel", min=1, help="How many previews at once.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Tell which environments a change touches, from the files that changed; preview only those.

    \b
    Examples:
      slipway affected --base main
      slipway affected --base origin/main --json         `matrix` is what a GitHub workflow takes
      slipway affected --base main --preview pages       in parallel, one page each
    """
    from operations.affected.changes import find_affected
    from operations.affected.previews import preview_all
    from operations.display import print_json, progress_console, working
    from operations.project import find_project

    project = find_project()
    found = find_affected(project, base)
    console = progress_console(as_json=as_json)
    for name in found.environments:
        files = found.because[name]
        shown, hidden = files[:SHOWN_FILES], len(files) - SHOWN_FILES
        console.print(f"{name}: {', '.join(shown)}{f' and {hidden} more' if hidden > 0 else ''}", markup=False)
    if not found.environments:
        console.print(f"None of the {found.changed_files} changed files touches an environment.")
    code = 0
    if preview is not None and found.environments:
        with working(console, f"Previewing {', '.join(found.environments)}"):
            done = preview_all(project, found.environments, preview, at_once=at_once)
        for each in done:
            console.print(f"{each.environment}: exit code {each.exit_code}, {each.page}", markup=False)
        code = next((each.exit_code for each in done if each.exit_code), 0)
    if as_json:
        print_json(found.model_dump_json(by_alias=True, indent=2))
    raise typer.Exit(code)
