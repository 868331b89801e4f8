"""A real SSH server on a loopback port that runs commands on this computer, for the tests of AnsibleRun.

It is no machine: it has no service manager, and tests must touch nothing but their own directory.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncssh

USER = "slipway"


@dataclass
class SshServer:
    """Where the server listens and whom it lets in."""

    port: int
    host_key: str
    """Public key line of the server."""
    private_key: str
    """Key that it lets in."""
    keys: tuple[asyncssh.SSHKey, asyncssh.SSHKey]

    def machine(self, name: str = "box", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return a machine that is this server."""
        return {
            "name": name,
            "address": "127.0.0.1",
            "sshPort": self.port,
            "user": USER,
            "hostKey": self.host_key,
            **more,
        }


async def _run_command(process: asyncssh.SSHServerProcess[bytes]) -> None:
    child = await asyncio.create_subprocess_shell(
        process.command or "true",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise AssertionError("no pipes")
    feeding = asyncio.create_task(_feed(process.stdin, child.stdin))
    try:
        await asyncio.gather(_drain(child.stdout, process.stdout), _drain(child.stderr, process.stderr))
        process.exit(await child.wait())
    finally:
        feeding.cancel()
        child.stdin.close()
        if child.returncode is None:  # the server is closed under it
            child.kill()
            await child.wait()


async def _feed(source: asyncssh.SSHReader[bytes], target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, asyncssh.BreakReceived):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.close()


async def _drain(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    while data := await source.read(1 << 16):
        target.write(data)
        await target.drain()


@contextlib.contextmanager
def ssh_server(port: int = 0, like: SshServer | None = None) -> Iterator[SshServer]:
    """Serve in a thread of its own until the block ends, with the keys of another server when one is given."""
    if like is None:
        host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    else:
        host_key, user_key = like.keys
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(user_key.export_public_key().decode()),
            process_factory=_run_command,
            encoding=None,
        )

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield SshServer(
            port=acceptor.get_port(),
            host_key=host_key.export_public_key().decode().strip(),
            private_key=user_key.export_private_key().decode(),
            keys=(host_key, user_key),
        )
    finally:
        asyncio.run_coroutine_threadsafe(_end(acceptor), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(acceptor: asyncssh.SSHAcceptor) -> None:
    """Close the server and end every command that it still runs.

    What outlives its loop raises when it is collected, at any later moment: while pytest parses source, for one, where
    Python before 3.11.9 then says "AST constructor recursion depth mismatch" (python/cpython#106905).
    """
    acceptor.close()
    await acceptor.wait_closed()
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
