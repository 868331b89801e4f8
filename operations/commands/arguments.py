"""Arguments that several commands take, so that they are called and explained the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Environment = Annotated[str, typer.Argument(metavar="ENV", help="Name of the environment.", show_default="local")]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never leave the package registries for a tool.")]
