"""`slipway bundle`: tools and images in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.commands.arguments import AsJson


def bundle(
    archive: Annotated[Path, typer.Argument(help="File to write: .tar, .tar.gz or .tar.zst.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Pack all tools and images into one archive, for `slipway setup --from` on a machine without a network.

    \b
    Examples:
      slipway bundle slipway.tar.zst
    """
    from operations.display import print_json, progress_console, working
    from toolchain import bundle as bundles

    console = progress_console(as_json=as_json)
    with working(console, f"Packing the cache into {archive}"):
        packed = bundles.bundle(archive)
    if as_json:
        print_json(packed.model_dump_json(indent=2))
    else:
        console.print(f"{archive}: {archive.stat().st_size / 1e6:.0f} MB", markup=False)
