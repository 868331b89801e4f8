"""Runs helm and kubectl where rendering needs them: they are programs in Go, no part of this plugin.

It looks on PATH only, where slipway links the tools that it has; it fetches and builds nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING, Final

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HOW_TO_GET: Final = {
    "helm": "Run 'slipway setup --with helm', which builds it once, or put a helm 3 of your own on PATH.",
    "kubectl": "Run 'slipway setup', or put a kubectl of your own on PATH.",
}
_SECONDS: Final = 300.0
_SHOWN_LINES: Final = 20


async def output_of(
    name: str, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, stdin: str = ""
) -> str:
    """Return what a tool writes to its standard output.

    Args:
        name: ``helm`` or ``kubectl``.
        arguments: Its arguments; secrets belong into files or ``stdin``, since everybody can read a command line.
        environment: Variables to set besides those of this process.
        stdin: What it reads.

    Raises:
        ResourceFailed: the tool is not there, failed, or took longer than 300 s.
    """
    path = shutil.which(name)
    if path is None:
        raise ResourceFailed(f"This needs {name}, which is not on PATH. {_HOW_TO_GET[name]}")
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        output, complaint = await asyncio.wait_for(process.communicate(stdin.encode()), _SECONDS)
    except TimeoutError:
        raise ResourceFailed(f"{name} {arguments[0]} did not end within {_SECONDS:.0f} s.") from None
    finally:
        if process.returncode is None:  # also when the operation was cancelled
            process.kill()
            await process.wait()
    if process.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines()[-_SHOWN_LINES:]
        raise ResourceFailed("\n".join([f"{name} {arguments[0]} failed:", *(f"  {line}" for line in lines)]))
    return output.decode()
