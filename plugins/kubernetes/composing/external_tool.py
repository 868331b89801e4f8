"""Runs helm and kubectl where they are needed: they are programs in Go, no part of this plugin.

It looks on PATH only, where slipway links the tools that it has; it fetches and builds nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any, Final

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HOW_TO_GET: Final = {
    "helm": "Run 'slipway setup --with helm', which builds it once, or put a helm 3 of your own on PATH.",
    "kubectl": "Run 'slipway setup', or put a kubectl of your own on PATH.",
}
_SECONDS: Final = 300.0
_SHOWN_LINES: Final = 20
# Helm writes down that a release failed when it is asked to end.
_END_SECONDS: Final = 10.0


class ToolFailed(ResourceFailed):
    """A tool ended with an error.

    ``complaint`` is what it said, without our words around it, and ``output`` what it wrote to its standard output.
    """

    def __init__(self, command: str, complaint: str, output: str = "") -> None:
        lines = complaint.strip().splitlines()[-_SHOWN_LINES:]
        super().__init__("\n".join([f"{command} failed:", *(f"  {line}" for line in lines)]))
        self.complaint = "\n".join(lines)
        self.output = output


async def output_of(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_seconds: float | None = _SECONDS,
    cancelled: asyncio.Event | None = None,
) -> str:
    """Return what a tool writes to its standard output.

    Args:
        name: ``helm`` or ``kubectl``.
        arguments: Its arguments; secrets belong into files or ``stdin``, since everybody can read a command line.
        environment: Variables to set besides those of this process.
        stdin: What it reads.
        timeout_seconds: How long it may take; None where it sees to that itself.
        cancelled: Ends it early.

    Raises:
        ResourceFailed: the tool is not there.
        ToolFailed: it failed, took too long, or was cancelled.
    """
    path = shutil.which(name)
    if path is None:
        raise ResourceFailed(f"This needs {name}, which is not on PATH. {_HOW_TO_GET[name]}")
    with ExitStack() as files:
        written, told = files.enter_context(_nameless_file()), files.enter_context(_nameless_file())
        process = await asyncio.create_subprocess_exec(
            *_ending_with_this_process(),
            path,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=written,
            stderr=told,
            env={**os.environ, **(environment or {})},
        )
        conversation = asyncio.ensure_future(process.communicate(stdin.encode()))
        try:
            reason = await _ended_early(conversation, timeout_seconds, cancelled)
        finally:
            await _end(process, conversation)  # also when the operation was cancelled
        output, complaint = _text_of(written), _text_of(told)
    if reason or process.returncode:
        raise ToolFailed(f"{name} {arguments[0]}", reason + complaint, output)
    return output


def _nameless_file() -> IO[bytes]:
    """Return what a tool may write to even after this process was killed.

    A pipe would have no reader then, and end helm with SIGPIPE at its first word, before it wrote down that a release
    failed. The file has no name, and on Linux is in memory alone: what tools print may be secret.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("slipway-tool"), "w+b")
    return tempfile.TemporaryFile()


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _ending_with_this_process() -> list[str]:
    """Return a command in front of another that lets it not outlive a plugin that is killed; nothing off Linux."""
    setpriv = shutil.which("setpriv") if os.path.exists("/proc/self/status") else None  # noqa: PTH110 - a mere question
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


async def _ended_early(
    conversation: asyncio.Future[tuple[bytes, bytes]], timeout_seconds: float | None, cancelled: asyncio.Event | None
) -> str:
    """Wait for the end; return why it was not waited for, as a line of its own."""
    told = asyncio.ensure_future(cancelled.wait()) if cancelled else None
    try:
        awaited: set[asyncio.Future[Any]] = {conversation, *([told] if told else [])}
        await asyncio.wait(awaited, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if told:
            told.cancel()
    if conversation.done():
        return ""
    cause = "was cancelled" if cancelled and cancelled.is_set() else f"did not end within {timeout_seconds:.0f} s"
    return f"It {cause}.\n"


async def _end(process: asyncio.subprocess.Process, conversation: asyncio.Future[tuple[bytes, bytes]]) -> None:
    """End what is still running, gently at first."""
    for end in (process.terminate, process.kill):
        if process.returncode is None:
            end()
            await asyncio.wait({conversation}, timeout=_END_SECONDS)
    if not conversation.done():  # it hangs in the kernel
        conversation.cancel()
        await asyncio.wait({conversation})
