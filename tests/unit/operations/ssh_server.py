"""A real SSH server on loopback that runs what it is asked to run, for tests of what logs in somewhere.

It lets in whoever has the one key, and runs commands with a shell of this computer as the user of the tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


Handler = Callable[[asyncssh.SSHServerProcess[str]], Awaitable[None]]


@dataclass(frozen=True)
class Server:
    """Where it listens and what it shows."""

    port: int
    host_key: str
    key_file: Path


@asynccontextmanager
async def ssh_server(directory: Path, run: Handler | None = None) -> AsyncIterator[Server]:
    """Serve until the end of the block; the client's key is written into the directory.

    Args:
        directory: For the keys.
        run: What to do with a command, instead of running it.
    """
    host_key, client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    key_file, authorized = directory / "key", directory / "authorized_keys"
    client_key.write_private_key(key_file)
    client_key.write_public_key(authorized)
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=str(authorized), process_factory=run or _run
    )
    try:
        yield Server(server.get_port(), host_key.export_public_key().decode().strip(), key_file)
    finally:
        server.close()
        await server.wait_closed()


async def _run(process: asyncssh.SSHServerProcess[str]) -> None:
    shell = await asyncio.create_subprocess_shell(
        process.command or "true", stdin=-1, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await shell.communicate((await process.stdin.read()).encode())
    process.stdout.write(out.decode())
    process.stderr.write(err.decode())
    process.exit(shell.returncode or 0)
