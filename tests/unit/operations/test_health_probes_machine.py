"""The host target against a real SSH server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from operations.health.report import Status

from .health_stack import only_result, outputs_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .servers import Authority


class _Server(asyncssh.SSHServer):
    def __init__(self, key: asyncssh.SSHKey) -> None:
        self._key = key

    def begin_auth(self, username: str) -> bool:
        return username == "slipway"

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "slipway" and key.public_data == self._key.public_data


@pytest.fixture
async def machine() -> AsyncIterator[tuple[dict[str, Any], dict[str, str]]]:
    """A real SSH server that runs the real command on this machine, and the outputs that lead to it."""
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        done = await asyncio.create_subprocess_shell(process.command or "false", stdout=-1, stderr=-1)
        out, err = await done.communicate()
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(done.returncode or 0)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(user_key),
        server_host_keys=[host_key],
        process_factory=handle,
        encoding=None,
    )
    node = {
        "name": "local-control-plane-1",
        "address": "127.0.0.1",
        "sshPort": server.get_port(),
        "user": "slipway",
        "hostKey": host_key.export_public_key().decode(),
        "pool": "control-plane",
        "roles": ["control-plane"],
    }
    yield node, {"user": "slipway", "privateKey": user_key.export_private_key().decode()}
    server.close()
    await server.wait_closed()


HOST = {"kind": "host", "layer": "machines", "name": "cp", "machine": "local-control-plane-1", "maxDiskPercent": 100}


async def test_host_tells_disk_and_clock(machine: tuple[dict[str, Any], dict[str, str]], authority: Authority) -> None:
    node, ssh = machine
    result = await only_result(outputs_of([HOST], authority, nodes=[node], ssh=ssh))
    assert result.status is Status.HEALTHY, result.detail
    assert "disk" in result.detail


async def test_host_with_another_host_key_is_refused(
    machine: tuple[dict[str, Any], dict[str, str]], authority: Authority
) -> None:
    node, ssh = machine
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    result = await only_result(outputs_of([HOST], authority, nodes=[{**node, "hostKey": other}], ssh=ssh))
    assert result.status is Status.UNHEALTHY
    assert "Host key is not trusted" in result.detail


async def test_host_that_is_not_in_the_outputs_is_unhealthy(authority: Authority) -> None:
    result = await only_result(outputs_of([HOST], authority))
    assert "no machine 'local-control-plane-1'" in result.detail
