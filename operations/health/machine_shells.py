"""SSH connections to machines, host keys pinned: one for each machine and round, shared by all that ask it something.

It deliberately runs only commands that read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from operations import secure_shell

if TYPE_CHECKING:
    import asyncssh

    from operations.health.outputs import Outputs


class NoSuchMachineError(Exception):
    """A target names a machine that the output `nodes` does not have."""


class MachineShells:
    """The connections of one round; must be closed at its end."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._connections: dict[str, asyncio.Task[asyncssh.SSHClientConnection]] = {}

    async def open(self, machine: str) -> None:
        """See that there is a connection.

        Raises:
            NoSuchMachineError: There is no such machine.
            OSError: It cannot be reached.
            asyncssh.Error: It is not the machine that it should be, or refuses the key.
        """
        await self._connection(machine)

    async def run(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command and return its standard output.

        Raises:
            NoSuchMachineError: There is no such machine.
            OSError: It cannot be reached.
            asyncssh.Error: It is not the machine that it should be, refuses the key, or the command failed.
        """
        connection = await self._connection(machine)
        return str((await connection.run(command, check=check)).stdout)

    async def close(self) -> None:
        """Close all connections."""
        opened = list(self._connections.values())
        self._connections.clear()
        for task in opened:
            task.cancel()
        for result in await asyncio.gather(*opened, return_exceptions=True):
            if not isinstance(result, BaseException):
                result.abort()

    async def _connection(self, name: str) -> asyncssh.SSHClientConnection:
        machine = self._outputs.machine(name)
        if machine is None:
            raise NoSuchMachineError(f"no machine '{name}' in the output 'nodes'")
        if name not in self._connections:
            self._connections[name] = asyncio.create_task(secure_shell.connect(machine, self._outputs.ssh.private_key))
        # One probe that gives up must not take the connection from the others.
        return await asyncio.shield(self._connections[name])
