"""The first login on a host that exists already: with its user's own key, and its host key pinned.

It deliberately does little there; once slipway has an account of its own, everything comes in through Ansible.
"""

import asyncio
import contextlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

SCRIPTS = Path(__file__).parent
CONNECT_SECONDS = 15
RUN_SECONDS = 60


class UnreachableHostError(Exception):
    """Nobody answers there."""


@dataclass(frozen=True)
class FirstLogin:
    """Who logs in where."""

    address: str
    port: int
    host_key: str
    user: str
    key_file: str | None
    """The keys of the SSH agent and of ~/.ssh when None."""
    jump: "FirstLogin | None" = None
    """What the connection goes through."""

    @property
    def where(self) -> str:
        """The host, for messages."""
        return f"Host {self.user}@{self.address}:{self.port}"

    async def run_as_root(self, name: str, *arguments: str) -> str:
        """Run one of this folder's shell scripts as root and return what it prints.

        Raises:
            UnreachableHostError: Nobody answers.
            ResourceFailed: Somebody else answers, the login is refused, there is no sudo, or the script failed.
        """
        import asyncssh  # noqa: PLC0415 - takes half a second, which stacks without hosts need not pay

        script = await asyncio.to_thread(SCRIPTS.joinpath(name).read_text, encoding="utf-8")
        command = shlex.join(["sudo", "-n", "sh", "-s", "--", *arguments])
        try:
            async with contextlib.AsyncExitStack() as stack:
                connection = await self._connected(asyncssh, stack)
                done = await connection.run(command, input=script, timeout=RUN_SECONDS)
        except asyncssh.HostKeyNotVerifiable as error:
            raise ResourceFailed(
                f"{self.where}: it shows another host key than the pinned one ({self.host_key.split()[0]}).\n"
                "If it was installed anew, put its new key into the environment file. If not, do not connect."
            ) from error
        except asyncssh.PermissionDenied as error:
            keys = self.key_file or "your SSH agent and ~/.ssh"
            raise ResourceFailed(
                f"{self.where}: it refuses the keys of {keys}.\nAdd the public key to that user's authorized_keys."
            ) from error
        except (OSError, asyncssh.Error) as error:
            raise UnreachableHostError(f"{self.where}: it cannot be reached over SSH: {error}") from error
        if done.exit_status != 0:
            raise ResourceFailed(f"{self.where}: {name} failed as root: {str(done.stderr).strip()}")
        return str(done.stdout)

    async def _connected(self, asyncssh: Any, stack: contextlib.AsyncExitStack) -> "SSHClientConnection":  # noqa: ANN401 - a module
        tunnel = await stack.enter_async_context(await self.jump.connect(asyncssh)) if self.jump else None
        return await stack.enter_async_context(await self.connect(asyncssh, tunnel))

    async def connect(self, asyncssh: Any, tunnel: Any = None) -> "SSHClientConnection":  # noqa: ANN401 - a module
        """Return an open connection, through another one where there is a jump host."""
        # The one trusted host key, as (trusted, certificate authorities, revoked).
        pinned: Any = ([asyncssh.import_public_key(self.host_key)], [], [])
        keys: dict[str, Any] = {}
        if self.key_file:
            keys = {"client_keys": [self._private_key(asyncssh)], "agent_path": None}
        connection: SSHClientConnection = await asyncssh.connect(
            self.address,
            self.port,
            username=self.user,
            known_hosts=pinned,
            config=[],
            tunnel=tunnel,
            connect_timeout=CONNECT_SECONDS,
            **keys,
        )
        return connection

    def _private_key(self, asyncssh: Any) -> Any:  # noqa: ANN401 - see above
        path = Path(self.key_file or "").expanduser()
        try:
            return asyncssh.read_private_key(path)
        except (OSError, asyncssh.KeyImportError) as error:
            raise ResourceFailed(
                f"{self.where}: the private key {path} cannot be used: {error}\n"
                "Name a key without a passphrase as keyFile, or leave keyFile out and add the key to your SSH agent."
            ) from error
