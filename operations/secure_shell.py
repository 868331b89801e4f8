"""A connection to a machine over SSH, its host key pinned, for programs that look at it.

It deliberately takes nothing from the user's own ~/.ssh and no agent: what is looked at must not depend on who looks.
Only a jump host that is the user's lets the user in.
"""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncssh

    Pinned = tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]

_CLOSING: set[asyncio.Task[None]] = set()
"""What closes jump connections after those that went through them; asyncio itself holds tasks weakly."""


class Through(Protocol):
    """A host that a connection goes through."""

    address: str
    port: int
    user: str
    host_key: str
    key_file: str | None
    """The keys of the SSH agent and of ~/.ssh when None."""
    own_key: bool
    """Whether it lets in the same key as the machines behind it."""


class Reachable(Protocol):
    """A machine that lets us log in."""

    address: str
    ssh_port: int
    user: str
    host_key: str

    @property
    def jump(self) -> Through | None:
        """What the connection goes through; None where it goes there directly."""
        ...


async def connect(machine: Reachable, private_key: str) -> asyncssh.SSHClientConnection:
    """Return an open connection; as a context manager it closes itself.

    Args:
        machine: Where to.
        private_key: In OpenSSH's format.

    Raises:
        OSError: It cannot be reached.
        asyncssh.Error: It is not the machine that it should be, or refuses the key.
    """
    import asyncssh  # noqa: PLC0415 - takes half a second to import

    tunnel = await _through(machine.jump, private_key) if machine.jump else None
    try:
        connection = await asyncssh.connect(
            machine.address,
            machine.ssh_port,
            tunnel=tunnel or (),
            username=machine.user,
            known_hosts=_pinned(machine.host_key),
            client_keys=[asyncssh.import_private_key(private_key)],
            config=[],
            agent_path=None,
        )
    except BaseException:
        if tunnel:
            tunnel.abort()
        raise
    if tunnel:
        closing = asyncio.create_task(_close_after(connection, tunnel))
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)
    return connection


async def _through(jump: Through, private_key: str) -> asyncssh.SSHClientConnection:
    """Log in to a jump host: one that slipway made has its key, one that is the user's lets only the user in."""
    import asyncssh  # noqa: PLC0415 - see above

    key = asyncssh.import_private_key(private_key) if jump.own_key else jump.key_file
    keys: dict[str, Any] = {"client_keys": [key], "agent_path": None} if key else {}
    return await asyncssh.connect(
        jump.address, jump.port, username=jump.user, known_hosts=_pinned(jump.host_key), config=[], **keys
    )


async def _close_after(connection: asyncssh.SSHClientConnection, tunnel: asyncssh.SSHClientConnection) -> None:
    await connection.wait_closed()
    tunnel.abort()


def _pinned(host_key: str) -> Pinned:
    """Return the one trusted host key as asyncssh wants it: trusted, certificate authorities, revoked."""
    import asyncssh  # noqa: PLC0415 - see above

    return [asyncssh.import_public_key(host_key)], [], []


async def run_python(machine: Reachable, private_key: str, program: str, request: str, *arguments: str) -> str:
    """Run a Python program as root and return what it prints.

    Args:
        machine: Where to.
        private_key: In OpenSSH's format.
        program: Its text; the standard library of Debian 12 is all it may use.
        request: What it reads on its input: never seen in the process list or a log.
        arguments: What it is called with; these are seen.

    Raises:
        OSError, asyncssh.Error: There is no such connection, it broke, or the program ended with an error.
    """
    # The input is the length of the program, the program, and then what the program itself reads.
    loader = "import sys;n=int(sys.stdin.readline());exec(compile(sys.stdin.read(n),'probe','exec'))"
    command = shlex.join(["sudo", "-n", "python3", "-c", loader, *arguments])
    async with await connect(machine, private_key) as connection:
        done = await connection.run(command, input=f"{len(program)}\n{program}{request}", check=True)
    return str(done.stdout)
