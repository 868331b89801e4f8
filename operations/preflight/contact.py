"""Asks one host over SSH with its user's own key, its host key pinned; without a pin it does not log in.

It changes nothing on the host.
"""

from __future__ import annotations

import asyncio
import shlex
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from operations.preflight.observation import Observation, Refusal, Refused, parsed

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import asyncssh

    from operations.preflight.target import Target

PROBE = Path(__file__).parent / "probe.sh"
CONNECT_SECONDS = 5.0
"""For a host to take the connection: one that is off does not."""
LOGIN_SECONDS = 15.0
"""For the rest, which takes its time where many log in at once or a host is busy."""
PROBE_SECONDS = 15.0
Answer = TypeVar("Answer")


async def ask(target: Target, probe: str, tunnel: asyncssh.SSHClientConnection | None = None) -> Observation | Refused:
    """Return what the host says, or why it says nothing; `tunnel` leads to its jump host where it has one."""
    return await refusals(target, _ask(target, probe, tunnel))


async def open_tunnel(jump: Target) -> asyncssh.SSHClientConnection | Refused:
    """Return a connection to a jump host, or why there is none; the caller closes it."""
    keys = _client_keys(jump)
    return keys if isinstance(keys, Refused) else await refusals(jump, _connect(jump, keys, None))


async def refusals(target: Target, asking: Coroutine[Any, Any, Answer]) -> Answer | Refused:
    """Wait for something that a host is asked, and put its refusals into words."""
    import asyncssh  # noqa: PLC0415 - takes half a second to import

    try:
        return await asking
    except asyncssh.HostKeyNotVerifiable:
        return await _refused_key(target, Refusal.KEY_CHANGED)
    except asyncssh.PermissionDenied:
        keys = target.key_file or "the SSH agent and ~/.ssh"
        return Refused(Refusal.LOGIN, f"refuses the keys of {keys} for '{target.user}'")
    except (TimeoutError, asyncssh.TimeoutError):
        return Refused(Refusal.UNREACHABLE, "no answer in time")
    except (OSError, asyncssh.Error) as error:
        return Refused(Refusal.UNREACHABLE, str(error) or type(error).__name__)


async def _ask(target: Target, probe: str, tunnel: asyncssh.SSHClientConnection | None) -> Observation | Refused:
    if target.host_key is None:
        return await _refused_key(target, Refusal.KEY_UNCONFIRMED, tunnel)
    keys = _client_keys(target)
    if isinstance(keys, Refused):
        return keys
    async with await _connect(target, keys, tunnel) as connection:
        asked_at = time.time()
        command = shlex.join(["sh", "-s", "--", target.address, target.shared_address or ""])
        done = await connection.run(command, input=probe, timeout=PROBE_SECONDS)
    return parsed(str(done.stdout), asked_at, time.time())


async def _connect(
    target: Target, keys: dict[str, Any], tunnel: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    import asyncssh  # noqa: PLC0415 - see above

    pinned: Any = ([asyncssh.import_public_key(target.host_key or "")], [], [])
    way = await _way(target, tunnel)
    connecting = asyncssh.connect(
        target.address, target.port, username=target.user, known_hosts=pinned, config=[], **way, **keys
    )
    return await asyncio.wait_for(connecting, LOGIN_SECONDS)


async def _way(target: Target, tunnel: asyncssh.SSHClientConnection | None) -> dict[str, Any]:
    return {"tunnel": tunnel} if tunnel else {"sock": await _taken(target)}


async def _taken(target: Target) -> socket.socket:
    """Return a TCP connection that the host has taken."""
    host = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    host.setblocking(False)
    try:
        connecting = asyncio.get_running_loop().sock_connect(host, (target.address, target.port))
        await asyncio.wait_for(connecting, CONNECT_SECONDS)
    except BaseException:
        host.close()
        raise
    return host


def _client_keys(target: Target) -> dict[str, Any] | Refused:
    import asyncssh  # noqa: PLC0415 - see above

    if target.key_file is None:
        return {}
    path = Path(target.key_file).expanduser()
    try:
        return {"client_keys": [asyncssh.read_private_key(path)], "agent_path": None}
    except (OSError, asyncssh.KeyImportError) as error:
        return Refused(Refusal.KEY_FILE, f"{path}: {error}")


async def _refused_key(target: Target, why: Refusal, tunnel: asyncssh.SSHClientConnection | None = None) -> Refused:
    import asyncssh  # noqa: PLC0415 - see above

    asking = asyncssh.get_server_host_key(target.address, target.port, config=[], **await _way(target, tunnel))
    key = await asyncio.wait_for(asking, LOGIN_SECONDS)
    if key is None:
        return Refused(Refusal.UNREACHABLE, "it shows no host key")
    return Refused(why, key.get_fingerprint(), key.export_public_key().decode().strip())
