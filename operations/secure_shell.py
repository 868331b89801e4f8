"""A connection to a machine over SSH, its host key pinned, for programs that look at it.

It deliberately takes nothing from the user's own ~/.ssh and no agent: what is looked at must not depend on who looks.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncssh


class Reachable(Protocol):
    """A machine that lets us log in."""

    address: str
    ssh_port: int
    user: str
    host_key: str


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

    # The one trusted host key, as (trusted, certificate authorities, revoked).
    pinned: tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]
    pinned = ([asyncssh.import_public_key(machine.host_key)], [], [])
    return await asyncssh.connect(
        machine.address,
        machine.ssh_port,
        username=machine.user,
        known_hosts=pinned,
        client_keys=[asyncssh.import_private_key(private_key)],
        config=[],
        agent_path=None,
    )


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
