"""Runs this plugin's child processes and ends all of them when the user cancels.

What a child does is in its own module; this one only passes text in and lines out.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

REPOSITORY_ROOT: Final = Path(__file__).resolve().parents[2]
# What a child inherits; the engine's passphrase and cloud credentials are none of its business.
# SSH_AUTH_SOCK: a jump host lets its user in, who may have the key in an agent. Machines are never asked with it.
INHERITED: Final = frozenset({"HOME", "LANG", "PATH", "SSH_AUTH_SOCK", "TMPDIR", "TZ", "USER"})
GRACE_SECONDS = 10.0
# One line carries a whole result, with files such as kubeconfigs in it.
LINE_LIMIT_BYTES = 64 << 20


class Children:
    """The child processes that are running now."""

    def __init__(self) -> None:
        self._running: set[asyncio.subprocess.Process] = set()

    async def run(self, module: str, request: bytes, on_line: Callable[[bytes], Awaitable[None]]) -> tuple[int, str]:
        """Run a Python module with ``request`` as its input, hand over each line of its output as it comes.

        The request goes through a pipe: neither the process list nor a file shows it.

        Returns:
            The exit code and the end of the error output.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C reaches the engine's group; the engine then says Cancel
            limit=LINE_LIMIT_BYTES,
        )
        self._running.add(process)
        try:
            return await _converse(process, request, on_line)
        finally:
            await _end(process)
            self._running.discard(process)

    async def stop(self) -> None:
        """End all children and wait until they have cleaned up."""
        await asyncio.gather(*(_end(process) for process in list(self._running)))


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in INHERITED}
    return {**kept, "PYTHONPATH": str(REPOSITORY_ROOT), "LC_ALL": "C.UTF-8"}


async def _converse(
    process: asyncio.subprocess.Process, request: bytes, on_line: Callable[[bytes], Awaitable[None]]
) -> tuple[int, str]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("the child was started without pipes")  # pragma: no cover - PIPE was asked for
    errors = asyncio.create_task(process.stderr.read())
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended early: its error output says why
        process.stdin.write(request)
        await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        await on_line(line)
    return await process.wait(), (await errors).decode(errors="replace")[-2000:]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask a child to end, which cleans up; kill it when it does not."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
