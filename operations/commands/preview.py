"""`slipway preview`: what an update would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import Environment
from operations.project import DEFAULT_ENVIRONMENT

FORMS = "markdown, html or json"


def preview(
    environment: Environment = DEFAULT_ENVIRONMENT,
    *,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORM", help=f"Write one page: {FORMS}.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the page; its ending says the form.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show every property that would change.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Compare with what is really there.")] = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="End with exit code 7 if anything would change.")
    ] = False,
    replace: Annotated[
        list[str] | None, typer.Option(metavar="URN", help="What if this resource were replaced?")
    ] = None,
    policies: Annotated[bool, typer.Option("--policies/--no-policies", help="Judge by the rules of policies/.")] = True,
    foresight: Annotated[
        bool, typer.Option("--foresight/--no-foresight", help="Look for what the update would run into.")
    ] = True,
) -> None:
    """Show what `up` would do, and change nothing.

    \b
    Examples:
      slipway preview
      slipway preview onprem --diff
      slipway preview onprem --output preview.html
      slipway preview --format markdown                  for a comment on a pull request
      slipway preview --refresh --expect-no-changes      as a drift test
    """
    from operations.display import progress_console
    from operations.preview.document import Form, named_form
    from operations.preview.run import PreviewOptions
    from operations.preview.run import preview as run_preview

    wanted = {"--diff": diff, "--refresh": refresh, "--expect-no-changes": expect_no_changes}
    flags = [flag for flag, is_set in wanted.items() if is_set]
    flags += [f"--replace={urn}" for urn in replace or ()]
    chosen = Form.JSON if as_json else named_form(form)
    options = PreviewOptions(tuple(flags), chosen, output, policies=policies, foresight=foresight)
    console = progress_console(as_json=chosen is not None and output is None)
    raise typer.Exit(run_preview(environment, options, console))
